import type {
  ColumnValue,
  QueryAnswer,
  QuerySpecification,
  ResultRow,
} from '../../contracts/sandbox/query.ts'

/** What `POST /1/query_results/<dataset>` asks for besides the results. */
export interface ResultParts {
  readonly withSeries: boolean
  readonly withTotals: boolean
}

interface Row {
  readonly data: Readonly<Record<string, ColumnValue>>
}
interface TimedRow extends Row {
  readonly time: string
}
/** The member `data` of Honeycomb's answer. */
export interface ResultData {
  readonly results: readonly Row[]
  readonly series: readonly TimedRow[]
  readonly total_by_aggregate?: Row
  readonly total_by_aggregate_series?: readonly TimedRow[]
}

/**
 * The answer of a question in Honeycomb's form. The totals are those of the same question without groups.
 *
 * Source: https://api-docs.honeycomb.io/api/query-data, schema QueryResultDetails
 */
export function resultData(
  specification: QuerySpecification,
  { withSeries, withTotals }: ResultParts,
  query: (specification: QuerySpecification) => QueryAnswer,
): ResultData {
  const seriesOf = ({ series }: QueryAnswer): TimedRow[] =>
    withSeries ? series.map(({ time, data }) => ({ time: inSeconds(time), data: withoutNulls(data) })) : []
  const answer = query(specification)
  const data = {
    results: answer.results.map((row) => ({ data: withoutNulls(row) })),
    series: seriesOf(answer),
  }
  if (!withTotals) return data
  const total = query({ ...specification, breakdowns: undefined, orders: undefined, havings: undefined })
  return {
    ...data,
    total_by_aggregate: { data: withoutNulls(total.results[0] ?? {}) },
    ...(withSeries ? { total_by_aggregate_series: seriesOf(total) } : {}),
  }
}

/** Honeycomb's schema of a row has no null: a column without a value is left out. Some clients reject a null. */
function withoutNulls(row: ResultRow): Row['data'] {
  const isPresent = (entry: [string, ColumnValue | null]): entry is [string, ColumnValue] => entry[1] !== null
  return Object.fromEntries(Object.entries(row).filter(isPresent))
}

/** Buckets of time begin at whole seconds. */
function inSeconds(time: string): string {
  return time.replace('.000Z', 'Z')
}
