import type { MetricFilter } from '../../../contracts/sandbox/metrics.ts'
import type { TimeSeries } from '../time-series.ts'

/** Time series with equal values of the breakdowns. */
export interface SeriesGroup {
  /** Null where the series have no such attribute. */
  readonly key: readonly (string | null)[]
  readonly series: readonly TimeSeries[]
}

/** Without breakdowns one group, also of no series. */
export function groupSeries(series: readonly TimeSeries[], breakdowns: readonly string[]): SeriesGroup[] {
  if (breakdowns.length === 0) return [{ key: [], series }]
  const keyOf = ({ attributes }: TimeSeries) => breakdowns.map((name) => attributes.get(name) ?? null)
  const groups = Map.groupBy(series, (one) => JSON.stringify(keyOf(one)))
  return [...groups.values()].map((members) => ({ key: keyOf(members[0] as TimeSeries), series: members }))
}

export function matchesFilters(series: TimeSeries, filters: readonly MetricFilter[]): boolean {
  return filters.every((filter) => matches(series.attributes.get(filter.attribute), filter))
}

/** As in questions about events, every operator except `does-not-exist` needs the attribute. */
function matches(own: string | undefined, { op, value }: MetricFilter): boolean {
  if (op === 'does-not-exist') return own === undefined
  if (own === undefined) return false
  const wanted = (Array.isArray(value) ? value : [value]).map(String)
  const [text = ''] = wanted
  switch (op) {
    case 'exists':
      return true
    case '=':
    case 'in':
      return wanted.includes(own)
    case '!=':
    case 'not-in':
      return !wanted.includes(own)
    case 'contains':
      return own.includes(text)
    case 'does-not-contain':
      return !own.includes(text)
    case 'starts-with':
      return own.startsWith(text)
  }
}
