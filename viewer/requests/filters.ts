/** The list's filters, by the names that they have in the page's address and in the sandbox's read alike. */
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
] as const
export type FilterName = (typeof FILTERS)[number]

/** Those of the latency chart, which shows what they choose from. */
const RANGE: readonly FilterName[] = ['since', 'until', 'min', 'max']

/** Only filters, in their own order, so that the same ones make the same text. */
export function filterQuery(query: URLSearchParams, without: readonly FilterName[] = []): string {
  const kept = new URLSearchParams()
  for (const name of FILTERS) {
    const value = query.get(name)
    if (value && !without.includes(name)) kept.set(name, value)
  }
  return kept.toString()
}

export function withoutRange(query: URLSearchParams): string {
  return filterQuery(query, RANGE)
}

export function withFilters(query: URLSearchParams, changes: Partial<Record<FilterName, string>>): string {
  const next = new URLSearchParams(query)
  for (const [name, value] of Object.entries(changes)) {
    if (value) next.set(name, value)
    else next.delete(name)
  }
  return filterQuery(next)
}
