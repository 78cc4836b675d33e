import { isMetricPercentile, type MetricCalculation } from '../../../contracts/sandbox/metric-words.ts'
import { PERCENTILES } from '../../../contracts/sandbox/query-words.ts'
import type { CheckDeadline } from '../../read-thread/deadline.ts'
import type {
  HistogramPoint,
  NumberPoint,
  Point,
  StoredMetric,
  SummaryPoint,
  TimeSeries,
} from '../time-series.ts'
import { type CountedAmount, countedReader, numberReader } from './amounts.ts'
import { calculateGrowth, growthOf } from './growth.ts'
import { addUp, type HeldValue, heldValues } from './held-values.ts'
import { type Increases, increasesOf } from './increases.ts'
import { endOf, type TimeSteps } from './time-steps.ts'

type Amount = number | CountedAmount

/** The epoch milliseconds between which a metric has increases. */
export interface Extent {
  readonly fromMs: number
  readonly toMs: number
}

/** How to calculate something of a metric's time series. */
export interface SeriesReader {
  /** By calculation, in their order, one number for each step. */
  calculate(series: readonly TimeSeries[], steps: TimeSteps): (number | null)[][]
  /** The increases that overlap the steps; of a gauge none. */
  increases(series: readonly TimeSeries[], steps: TimeSteps): readonly Increases<Amount>[]
}

/** A reader for one kind of metric. `calculations` are those that this kind has. */
export function createSeriesReader(
  metric: StoredMetric,
  calculations: readonly MetricCalculation[],
  check: CheckDeadline,
): SeriesReader {
  if (metric.kind === 'gauge' || (metric.kind === 'sum' && !metric.isMonotonic)) {
    const pointsOf = ({ points, temporality = metric.temporality }: TimeSeries) =>
      temporality === 'delta' ? addUp(points as NumberPoint[]) : (points as NumberPoint[])
    return {
      calculate: (series, steps) => calculateHeld(series.map(pointsOf), steps, calculations, check),
      increases: () => [],
    }
  }
  const increases = (series: readonly TimeSeries[], steps: TimeSteps): Increases<Amount>[] =>
    series.map((one) => {
      check()
      const { points } = one
      const temporality = temporalityOf(one, metric)
      const near = temporality === 'delta' ? points : pointsAround(points, steps)
      return metric.kind === 'sum'
        ? increasesOf(near as NumberPoint[], temporality, numberReader)
        : increasesOf(near as (HistogramPoint | SummaryPoint)[], temporality, countedReader)
    })
  const extent = extentOf(metric)
  const growing = (series: readonly TimeSeries[], steps: TimeSteps): (number | null)[][] => {
    const all = increases(series, steps).flatMap((one) => one.increases)
    const growth = growthOf(all, steps, check)
    const byStep = growth.map((one, step) =>
      calculateGrowth(one, calculations, coveredSeconds(steps, step, extent)),
    )
    return calculations.map((_, index) => byStep.map((values) => values[index] ?? null))
  }
  if (metric.kind !== 'summary') return { calculate: growing, increases }
  return {
    increases,
    calculate: (series, steps) => {
      const grown = growing(series, steps)
      return calculations.map((calculation, index) =>
        isMetricPercentile(calculation)
          ? quantileValues(series, steps, PERCENTILES[calculation], check)
          : (grown[index] ?? []),
      )
    },
  }
}

/** A summary has none: its count and sum are cumulative. */
function temporalityOf({ temporality }: TimeSeries, metric: StoredMetric): 'delta' | 'cumulative' {
  return temporality ?? metric.temporality ?? 'cumulative'
}

/** Of a cumulative series: the points in the range, and those before and after it that its increases need. */
function pointsAround(points: readonly Point[], steps: TimeSteps): readonly Point[] {
  let first = points.findIndex(({ timeMs }) => timeMs >= steps.firstMs)
  if (first < 0) first = points.length
  do first--
  while (first > 0 && !isCounted(points[first] as Point))
  let last = points.findIndex(({ timeMs }) => timeMs >= endOf(steps))
  while (last >= 0 && last < points.length && !isCounted(points[last] as Point)) last++
  return points.slice(Math.max(0, first), last < 0 ? undefined : last + 1)
}

function isCounted(point: Point): boolean {
  if (point.isMissing) return false
  return Number.isFinite('value' in point ? point.value : point.count)
}

function extentOf(metric: StoredMetric): Extent {
  const times = { whole: (point: Point) => (isCounted(point) ? 0 : undefined), difference: () => 0 }
  let [fromMs, toMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const one of metric.series) {
    for (const increase of increasesOf(one.points, temporalityOf(one, metric), times).increases) {
      fromMs = Math.min(fromMs, increase.fromMs)
      toMs = Math.max(toMs, increase.toMs)
    }
  }
  return { fromMs, toMs }
}

/** The seconds of a step that the metric's intervals reach over; all of the step if they have no length. */
function coveredSeconds({ firstMs, widthMs }: TimeSteps, step: number, { fromMs, toMs }: Extent): number {
  const beginMs = firstMs + step * widthMs
  const coveredMs = Math.min(beginMs + widthMs, toMs) - Math.max(beginMs, fromMs)
  return (coveredMs > 0 ? coveredMs : widthMs) / 1_000
}

function calculateHeld(
  series: readonly (readonly NumberPoint[])[],
  steps: TimeSteps,
  calculations: readonly MetricCalculation[],
  check: CheckDeadline,
): (number | null)[][] {
  const bySeries = series.map((points) => {
    check()
    return heldValues(points, steps)
  })
  return calculations.map((calculation) =>
    Array.from({ length: steps.count }, (_, step) =>
      combine(
        bySeries.flatMap((values) => values[step] ?? []),
        calculation,
      ),
    ),
  )
}

function combine(values: readonly HeldValue[], calculation: MetricCalculation): number | null {
  if (values.length === 0) return null
  if (calculation === 'MIN')
    return values.reduce((least, { min }) => Math.min(least, min), Number.POSITIVE_INFINITY)
  if (calculation === 'MAX')
    return values.reduce((most, { max }) => Math.max(most, max), Number.NEGATIVE_INFINITY)
  if (calculation === 'SUM') return values.reduce((sum, { last }) => sum + last, 0)
  return values.reduce((sum, { mean }) => sum + mean, 0) / values.length
}

/** A quantile of summaries: held as a gauge is; of several series the greatest. */
function quantileValues(
  series: readonly TimeSeries[],
  steps: TimeSteps,
  quantile: number,
  check: CheckDeadline,
): (number | null)[] {
  const gauges = series.map(({ points }) =>
    (points as SummaryPoint[]).map((point) => ({
      ...point,
      value: point.quantiles.find((one) => Math.abs(one.quantile - quantile) < 1e-9)?.value ?? Number.NaN,
    })),
  )
  return calculateHeld(gauges, steps, ['MAX'], check)[0] ?? []
}
