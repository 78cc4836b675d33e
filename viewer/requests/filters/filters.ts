/** The list's filters, with the same names in the page's address and in the sandbox's read. */
export const FILTERS = [
  'text',
  'service',
  'route',
  'status',
  'min',
  'max',
  'has',
  'lacks',
  'since',
  'until',
  'filter',
  'group',
] as const
export type FilterName = (typeof FILTERS)[number]

/** The filters of a query in a fixed order, so that equal filters give equal text. */
export function filterQuery(query: URLSearchParams, without: readonly FilterName[] = []): string {
  const kept = new URLSearchParams()
  for (const name of FILTERS) {
    const value = query.get(name)
    if (value && !without.includes(name)) kept.set(name, value)
  }
  return kept.toString()
}

export function withFilters(query: URLSearchParams, changes: Partial<Record<FilterName, string>>): string {
  const next = new URLSearchParams(query)
  for (const [name, value] of Object.entries(changes)) {
    if (value) next.set(name, value)
    else next.delete(name)
  }
  return filterQuery(next)
}
