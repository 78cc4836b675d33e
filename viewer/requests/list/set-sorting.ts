import { hrefOf, navigate, query } from '../../shell/router.ts'
import { filterQuery } from '../filters/filters.ts'
import { type Sorting, sortingQuery } from './sorting.ts'

/** Changes the order in the page's address, without a new entry in the browser's history. */
export function setSorting(sorting: Sorting): void {
  const address = [filterQuery(query.value), sortingQuery(sorting)].filter(Boolean).join('&')
  navigate(hrefOf('', address), { replaces: true })
}
