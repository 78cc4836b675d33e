// The words of questions about metrics. Without the schemas of metrics.ts, so that pages need no schema library.

/** OpenTelemetry's kinds of metric data. Source: https://opentelemetry.io/docs/specs/otel/metrics/data-model/ */
export const METRIC_KINDS = ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'] as const
export type MetricKind = (typeof METRIC_KINDS)[number]

/** Percentiles that a question about a histogram or a summary may ask for. */
export const METRIC_PERCENTILES = ['P50', 'P75', 'P90', 'P95', 'P99', 'P999'] as const

/**
 * `INCREASE`: how much a counter grew, or how many values a histogram counted, in each step. `RATE`: the same per second.
 * `TOTAL`: how much the values of a histogram add up to in each step. `AVG`, `MIN`, `MAX` and `SUM` of a gauge or an
 * up-down counter: over its time series. `AVG` of a histogram: its total divided by its count. Percentiles and `HEATMAP`:
 * of a histogram's buckets. docs/metrics.md has the exact rules.
 */
export const METRIC_CALCULATIONS = [
  'RATE',
  'INCREASE',
  'TOTAL',
  'AVG',
  'MIN',
  'MAX',
  'SUM',
  ...METRIC_PERCENTILES,
  'HEATMAP',
] as const
export type MetricCalculation = (typeof METRIC_CALCULATIONS)[number]

export function isMetricPercentile(name: MetricCalculation): name is (typeof METRIC_PERCENTILES)[number] {
  return METRIC_PERCENTILES.some((percentile) => percentile === name)
}

/** What decides about the calculations of a metric. */
export interface MetricShape {
  readonly kind: string
  /** Whether a sum only grows: a counter, not an up-down counter. */
  readonly isMonotonic: boolean
}

/** The calculations of a metric, its default first. Empty for an unknown kind. */
export function calculationsOf({ kind, isMonotonic }: MetricShape): readonly MetricCalculation[] {
  if (kind === 'gauge') return ['AVG', 'MIN', 'MAX', 'SUM']
  if (kind === 'sum') return isMonotonic ? ['RATE', 'INCREASE'] : ['SUM', 'AVG', 'MIN', 'MAX']
  if (kind === 'histogram' || kind === 'exponentialHistogram') {
    return ['P95', 'P50', 'P75', 'P90', 'P99', 'P999', 'AVG', 'RATE', 'INCREASE', 'TOTAL', 'HEATMAP']
  }
  if (kind === 'summary')
    return ['P95', 'P50', 'P75', 'P90', 'P99', 'P999', 'AVG', 'RATE', 'INCREASE', 'TOTAL']
  return []
}

export const METRIC_FILTER_OPERATORS = [
  '=',
  '!=',
  'in',
  'not-in',
  'exists',
  'does-not-exist',
  'contains',
  'does-not-contain',
  'starts-with',
] as const

/** An attribute of a metric with more values than this makes too many time series: the pages warn about it. */
export const MANY_VALUES = 100

/** Bounds of a question about metrics. `buckets`: steps in its time range. `calculations`: as many as a histogram has. */
export const METRIC_LIMITS = {
  bytes: 64 * 1024,
  calculations: 11,
  filters: 20,
  breakdowns: 10,
  groups: 100,
  buckets: 1_000,
  exemplars: 200,
} as const

export const DEFAULT_METRIC_GROUPS = 20
/** s */
export const DEFAULT_METRIC_RANGE_S = 3_600
