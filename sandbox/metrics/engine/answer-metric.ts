import { isMetricPercentile, type MetricCalculation } from '../../../contracts/sandbox/metric-words.ts'
import type {
  MetricAnswer,
  MetricFilter,
  MetricGroup,
  MetricQuestion,
} from '../../../contracts/sandbox/metrics.ts'
import type { CheckDeadline } from '../../read-thread/deadline.ts'
import type { Point, StoredMetric, TimeSeries } from '../time-series.ts'
import type { CountedAmount } from './amounts.ts'
import type { Increase } from './increases.ts'
import { exemplarsOf, type GroupExemplar } from './metric-exemplars.ts'
import { metricHeatmap } from './metric-heatmap.ts'
import { type CompleteQuestion, completeQuestion } from './metric-specification.ts'
import { createSeriesReader, type SeriesReader } from './read-series.ts'
import { groupSeries, matchesFilters, type SeriesGroup } from './series-groups.ts'
import { endOf, stepAt, type TimeSteps } from './time-steps.ts'

/** An answer, before the store is asked for the traces of its exemplars. */
export type CalculatedAnswer = Omit<MetricAnswer, 'exemplars'> & {
  readonly exemplars: readonly GroupExemplar[]
}

/**
 * Answers a question about one metric by the rules of docs/metrics.md. Throws a QueryError (400) for a wrong question, and
 * what `check` throws.
 */
export function answerMetric(
  stored: StoredMetric,
  question: MetricQuestion,
  nowMs: number,
  check: CheckDeadline,
): CalculatedAnswer {
  const complete = completeQuestion(stored, question, nowMs)
  const { steps } = complete
  const { series: all, ...metric } = stored
  const series = all.filter((one) => matchesFilters(one, complete.filters))
  // The heatmap is of all groups together; a group has numbers.
  const calculations = complete.calculations.filter((name) => name !== 'HEATMAP')
  const orderedBy: MetricCalculation = calculations[0] ?? 'INCREASE'
  const reader = createSeriesReader(stored, calculations.length > 0 ? calculations : [orderedBy], check)
  const groups = groupSeries(series, complete.breakdowns)
  const listed = largestFirst(groups, reader, wholeOf(steps)).slice(0, complete.limit)
  const growth = reader.increases(series, steps)
  const named = (values: readonly (readonly (number | null)[])[]) =>
    Object.fromEntries(calculations.map((name, index) => [name, values[index] ?? []]))
  return {
    metric,
    range: {
      start: steps.firstMs / 1_000,
      end: endOf(steps) / 1_000,
      granularity: steps.widthMs / 1_000,
    },
    groups: listed.map(
      ({ group, totals }): MetricGroup => ({
        key: group.key,
        series: group.series.length,
        values: named(reader.calculate(group.series, steps)),
        totals: Object.fromEntries(calculations.map((name, index) => [name, totals[index]?.[0] ?? null])),
      }),
    ),
    groupCount: groups.length,
    heatmap: complete.calculations.includes('HEATMAP')
      ? metricHeatmap(
          growth.flatMap(({ increases }) => increases as Increase<CountedAmount>[]),
          steps,
          metric.name,
          check,
        )
      : null,
    exemplars: exemplarsOf(
      listed.map(({ group }) => group),
      steps,
    ),
    resets: growth.flatMap(({ resetsMs }) => resetsMs).filter((atMs) => stepAt(steps, atMs) !== undefined)
      .length,
    points: series.reduce((sum, { points }) => sum + pointsIn(points, steps).length, 0),
    emptiedBy: emptyingFilter(all, complete.filters),
    warnings: warningsOf(stored, complete, listed, growth, reader),
  }
}

/** The index of the filter after which no time series is left; null if some are. */
function emptyingFilter(series: readonly TimeSeries[], filters: readonly MetricFilter[]): number | null {
  let left = series
  for (const [index, filter] of filters.entries()) {
    left = left.filter((one) => matchesFilters(one, [filter]))
    if (left.length === 0) return index
  }
  return null
}

interface RankedGroup {
  readonly group: SeriesGroup
  /** By calculation, for the one step that is the whole range. */
  readonly totals: readonly (readonly (number | null)[])[]
}

function largestFirst(groups: readonly SeriesGroup[], reader: SeriesReader, whole: TimeSteps): RankedGroup[] {
  const ranked = groups.map((group) => ({ group, totals: reader.calculate(group.series, whole) }))
  const sizeOf = ({ totals }: RankedGroup) => totals[0]?.[0] ?? Number.NEGATIVE_INFINITY
  const textOf = ({ group }: RankedGroup) => JSON.stringify(group.key)
  return ranked.sort((a, b) => {
    const [left, right] = [sizeOf(a), sizeOf(b)]
    if (left !== right) return right - left
    return textOf(a) < textOf(b) ? -1 : 1
  })
}

function wholeOf({ firstMs, widthMs, count }: TimeSteps): TimeSteps {
  return { firstMs, widthMs: widthMs * count, count: 1 }
}

function pointsIn(points: readonly Point[], steps: TimeSteps): Point[] {
  return points.filter(({ timeMs }) => stepAt(steps, timeMs) !== undefined)
}

function warningsOf(
  metric: StoredMetric,
  { calculations, steps }: CompleteQuestion,
  listed: readonly RankedGroup[],
  growth: ReturnType<SeriesReader['increases']>,
  reader: SeriesReader,
): string[] {
  const warnings: string[] = []
  const unknown = growth.filter(({ hasUnknownStart }) => hasUnknownStart).length
  if (unknown > 0) {
    warnings.push(
      `${unknown} time series have no start time, so what they counted before their first point is left out`,
    )
  }
  const isUpDown = metric.kind === 'sum' && !metric.isMonotonic
  const isAddedUp = metric.series.some(({ temporality = metric.temporality }) => temporality === 'delta')
  if (isUpDown && isAddedUp) {
    warnings.push('the changes are added up from the first stored point on, not from zero')
  }
  const points = listed.flatMap(({ group }) => group.series.flatMap((one) => pointsIn(one.points, steps)))
  const notNumbers = points.filter(
    (point) => 'value' in point && !point.isMissing && !Number.isFinite(point.value),
  )
  if (notNumbers.length === 1) warnings.push('1 point is not a number (NaN or infinite)')
  if (notNumbers.length > 1) warnings.push(`${notNumbers.length} points are not numbers (NaN or infinite)`)
  const hasPercentiles = calculations.some(isMetricPercentile)
  if (metric.kind === 'summary' && hasPercentiles && listed.some(({ group }) => group.series.length > 1)) {
    warnings.push(
      'the percentiles of several summaries cannot be combined: the greatest is shown; group by an attribute to see each',
    )
  }
  if (metric.kind === 'histogram' && hasPercentiles) warnings.push(...overflowWarning(listed, steps, reader))
  return warnings
}

/** A percentile cannot be greater than the last bound. */
function overflowWarning(listed: readonly RankedGroup[], steps: TimeSteps, reader: SeriesReader): string[] {
  let [above, all, bound] = [0, 0, 0]
  for (const { group } of listed) {
    for (const { increases } of reader.increases(group.series, steps)) {
      for (const { amount, toMs } of increases) {
        if (typeof amount === 'number' || !amount.buckets || !('bounds' in amount.buckets)) continue
        if (stepAt(steps, toMs) === undefined) continue
        const { bounds, counts } = amount.buckets
        if (bounds.length === 0) continue
        all += amount.count
        above += counts[bounds.length] ?? 0
        bound = Math.max(bound, bounds.at(-1) ?? 0)
      }
    }
  }
  if (above === 0) return []
  const share = ((above / all) * 100).toFixed(above / all < 0.001 ? 2 : 1)
  return [
    `${share} % of the values are above the largest bound, ${bound}: a percentile among them shows that bound`,
  ]
}
