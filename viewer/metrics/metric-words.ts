import { isMetricPercentile, type MetricCalculation } from '../../contracts/sandbox/metric-words.ts'
import type { Metric, MetricEntry } from '../../contracts/sandbox/metrics.ts'
import { perSecond, SHARE, type UnitFormat, unitFormat } from './units.ts'

// Kinds, calculations and values of metrics in the words of a page.

/** The kind without its temporality: `counter`. */
function kindName({ kind, isMonotonic }: Pick<Metric, 'kind' | 'isMonotonic'>): string {
  if (kind === 'sum') return isMonotonic ? 'counter' : 'up-down counter'
  if (kind === 'exponentialHistogram') return 'exponential histogram'
  return kind === 'empty' ? 'no data' : kind.slice(0, 40)
}

/** `counter, cumulative`. */
export function kindWords(metric: Pick<Metric, 'kind' | 'isMonotonic' | 'temporality'>): string {
  return [kindName(metric), metric.temporality ?? ''].filter(Boolean).join(', ')
}

/** Whether a metric has the distribution of many values, not one. */
export function isDistribution({ kind }: Pick<Metric, 'kind'>): boolean {
  return kind === 'histogram' || kind === 'exponentialHistogram' || kind === 'summary'
}

/** The share of the values at or below a percentile: `95` for P95, `99.9` for P999. */
export function percentOf(percentile: MetricCalculation): string {
  return percentile === 'P999' ? '99.9' : percentile.slice(1)
}

/** Names of calculations as people say them. */
export function calculationWords(calculation: MetricCalculation, metric: Pick<Metric, 'kind'>): string {
  if (isMetricPercentile(calculation)) return `p${percentOf(calculation)}`
  const of = isDistribution(metric)
  const words: Partial<Record<MetricCalculation, string>> = {
    RATE: of ? 'values per second' : 'per second',
    INCREASE: of ? 'number of values' : 'increase',
    TOTAL: 'total of the values',
    AVG: 'mean',
    MIN: 'least',
    MAX: 'greatest',
    SUM: 'sum',
    HEATMAP: 'heatmap',
  }
  return words[calculation] ?? calculation
}

/** How the results of a calculation are written. */
export function formatOf(
  { name, unit, kind }: Pick<Metric, 'name' | 'unit' | 'kind'>,
  calculation: MetricCalculation,
): UnitFormat {
  const counts = kind !== 'sum' && (calculation === 'RATE' || calculation === 'INCREASE')
  const own = isShare({ name, unit }) ? SHARE : unitFormat(unit)
  const format = counts ? unitFormat('') : own
  return calculation === 'RATE' ? perSecond(format) : format
}

/**
 * OpenTelemetry's utilizations are shares of 1.
 * Source: https://opentelemetry.io/docs/specs/semconv/general/metrics/#instrument-naming
 */
function isShare({ name, unit }: Pick<Metric, 'name' | 'unit'>): boolean {
  return unit === '1' && /[._](?:utilization|ratio)$/.test(name)
}

/** The unit in words: `bytes`, `requests`, `a number`. */
export function unitWords(metric: Pick<Metric, 'name' | 'unit'>): string {
  if (isShare(metric)) return SHARE.words
  return unitFormat(metric.unit).words || 'number'
}

/** The last value with its meaning: `p95 34 ms`, `1.2 requests/s`; empty where there is none. */
export function lastWords(entry: MetricEntry): string {
  const { last } = entry
  if (!last || last.value === null) return ''
  const value = formatOf(entry, last.calculation).format(last.value)
  if (last.calculation === 'RATE') return value
  // The mean or the sum of one time series is its value.
  if (!isMetricPercentile(last.calculation) && entry.series === 1) return value
  return `${calculationWords(last.calculation, entry)} ${value}`
}
