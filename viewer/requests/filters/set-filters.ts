import { hrefOf, navigate, query } from '../../shell/router.ts'
import { sortingOf, sortingQuery } from '../list/sorting.ts'
import { type FilterName, withFilters } from './filters.ts'

/** The address of the list with these filters, in the order that it has now. */
export function hrefOfFilters(filters: string): string {
  const order = sortingQuery(sortingOf(query.value))
  return hrefOf('', [filters, order].filter(Boolean).join('&'))
}

/** Changes filters in the page's address, by default without a new entry in the browser's history. */
export function setFilters(
  changes: Partial<Record<FilterName, string>>,
  { replaces } = { replaces: true },
): void {
  navigate(hrefOfFilters(withFilters(query.value, changes)), { replaces })
}
