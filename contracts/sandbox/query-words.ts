// The words of Honeycomb's Query Specification. Without the schemas of query.ts, so that pages need no schema library.
// Source: https://docs.honeycomb.io/reference/query-specification

/** Every dataset of the environment. */
export const ALL_DATASETS = '__all__'

/** The share of each percentile operator. */
export const PERCENTILES = {
  P001: 0.001,
  P01: 0.01,
  P05: 0.05,
  P10: 0.1,
  P20: 0.2,
  P25: 0.25,
  P50: 0.5,
  P75: 0.75,
  P80: 0.8,
  P90: 0.9,
  P95: 0.95,
  P99: 0.99,
  P999: 0.999,
} as const

export const CALCULATION_OPERATORS = [
  'COUNT',
  'CONCURRENCY',
  'SUM',
  'AVG',
  'COUNT_DISTINCT',
  'HEATMAP',
  'MIN',
  'MAX',
  ...(Object.keys(PERCENTILES) as (keyof typeof PERCENTILES)[]),
  'RATE_AVG',
  'RATE_SUM',
  'RATE_MAX',
] as const
export type CalculationOperator = (typeof CALCULATION_OPERATORS)[number]

/** COUNT may have one: then it counts the events that have the column. */
export const OPERATORS_WITHOUT_COLUMN: readonly CalculationOperator[] = ['COUNT', 'CONCURRENCY']

export const FILTER_OPERATORS = [
  '=',
  '!=',
  '>',
  '>=',
  '<',
  '<=',
  'starts-with',
  'does-not-start-with',
  'ends-with',
  'does-not-end-with',
  'exists',
  'does-not-exist',
  'contains',
  'does-not-contain',
  'in',
  'not-in',
] as const

export const HAVING_OPERATORS = ['=', '!=', '>', '>=', '<', '<='] as const

/**
 * Bounds of a question. `bytes`: of its JSON; room for the longest lists of values and expressions. `expressionLength` in
 * characters. `buckets`: how often the granularity fits into the time range.
 */
export const QUERY_LIMITS = {
  bytes: 1024 * 1024,
  breakdowns: 100,
  calculations: 100,
  filters: 100,
  values: 1_000,
  calculatedFields: 50,
  expressionLength: 4_000,
  results: 1_000,
  buckets: 1_000,
} as const

/** Honeycomb's defaults: the last two hours, and so many results. */
export const DEFAULT_TIME_RANGE_S = 7_200
export const DEFAULT_LIMIT = 100

/** What a question without calculations calculates. */
export const DEFAULT_CALCULATIONS: readonly { readonly op: 'COUNT' }[] = [{ op: 'COUNT' }]

/** Widths of a bucket of time that a person would choose, in seconds. */
export const GRANULARITIES_S: readonly number[] = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400,
]

/** A value in a list of columns is cut after so many characters. */
export const MAX_LISTED_VALUE_LENGTH = 1_000

export const COLUMN_TYPES = ['string', 'integer', 'float', 'boolean'] as const

/** The key of a calculation in a result: its name, or `P95(duration_ms)`. */
export function calculationName(calculation: {
  readonly op: string
  readonly column?: string | null | undefined
  readonly name?: string | null | undefined
}): string {
  const { op, column, name } = calculation
  return name ?? (column ? `${op}(${column})` : op)
}
