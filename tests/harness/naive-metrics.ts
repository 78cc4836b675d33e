import type { MetricCalculation } from '../../contracts/sandbox/metric-words.ts'
import type { MetricFilter } from '../../contracts/sandbox/metrics.ts'
import { countUpTo, type Increase, increasesOf, type Piece } from './naive-increases.ts'
import type { SentMetric, SentPoint } from './sent-metrics.ts'

// A slow evaluator of docs/metrics.md, written from the document: for each step it looks at all points of all time series.

export interface NaiveQuestion {
  readonly calculations: readonly MetricCalculation[]
  readonly filters: readonly MetricFilter[]
  readonly breakdowns: readonly string[]
  /** Unix seconds. */
  readonly start: number
  readonly end: number
  readonly granularity: number
}

/** The least and the greatest value that rounding allows; null where nothing is known. */
export type Allowed = readonly [least: number, most: number] | null

export interface NaiveGroup {
  readonly key: readonly (string | null)[]
  readonly series: number
  readonly values: Readonly<Record<string, readonly Allowed[]>>
  readonly totals: Readonly<Record<string, Allowed>>
}

export interface NaiveAnswer {
  readonly steps: readonly Step[]
  readonly groups: readonly NaiveGroup[]
  readonly resets: number
  readonly points: number
  /** Of all groups together: how many values of a step are below a number, or at most that number. */
  countIn(step: Step, value: number, isInclusive: boolean): number
}

export interface Step {
  readonly fromMs: number
  readonly toMs: number
}

interface Series {
  readonly texts: Readonly<Record<string, string>>
  readonly points: readonly SentPoint[]
  readonly increases: readonly Increase[]
  /** Times of resets, epoch ms. */
  readonly resets: readonly number[]
}

export function naiveAnswer(metric: SentMetric, question: NaiveQuestion): NaiveAnswer {
  const all = seriesOf(metric)
  const matching = all.filter(({ texts }) =>
    question.filters.every((filter) => passes(texts[filter.attribute], filter)),
  )
  const steps = stepsOf(question)
  const whole = { fromMs: steps[0]?.fromMs ?? 0, toMs: steps.at(-1)?.toMs ?? 0 }
  const keyOf = ({ texts }: Series) => question.breakdowns.map((name) => texts[name] ?? null)
  const keys = new Set(matching.map((series) => JSON.stringify(keyOf(series))))
  if (question.breakdowns.length === 0) keys.add('[]')
  const everything = all.flatMap(({ increases }) => increases)
  const calculations = question.calculations.filter((name) => name !== 'HEATMAP')
  const groups = [...keys].map((key): NaiveGroup => {
    const series = matching.filter((one) => JSON.stringify(keyOf(one)) === key)
    const valueIn = (step: Step, name: MetricCalculation) => calculate(metric, series, everything, step, name)
    return {
      key: JSON.parse(key) as (string | null)[],
      series: series.length,
      values: Object.fromEntries(
        calculations.map((name) => [name, steps.map((step) => valueIn(step, name))]),
      ),
      totals: Object.fromEntries(calculations.map((name) => [name, valueIn(whole, name)])),
    }
  })
  const isInside = (timeMs: number) => timeMs >= whole.fromMs && timeMs < whole.toMs
  return {
    steps,
    groups,
    resets: isHeld(metric) ? 0 : matching.flatMap(({ resets }) => resets).filter(isInside).length,
    points: matching.flatMap(({ points }) => points).filter(({ timeMs }) => isInside(timeMs)).length,
    countIn: (step, value, isInclusive) =>
      weighted(
        matching.flatMap(({ increases }) => increases),
        step,
      ).reduce((sum, { increase, share }) => sum + share * countUpTo(increase.pieces, value, isInclusive), 0),
  }
}

function stepsOf({ start, end, granularity }: NaiveQuestion): Step[] {
  const steps: Step[] = []
  for (let from = Math.floor(start / granularity) * granularity; from < end; from += granularity) {
    steps.push({ fromMs: from * 1_000, toMs: (from + granularity) * 1_000 })
  }
  return steps
}

/** Points by sender and attributes, in the order of their times; of two with the same time, the last one that arrived. */
function seriesOf(metric: SentMetric): Series[] {
  const own = Map.groupBy(metric.points, ({ resource, attributes }) =>
    JSON.stringify([entriesOf(resource), entriesOf(attributes)]),
  )
  return [...own.values()].map((arrived) => {
    const byTime = new Map(arrived.map((point) => [point.timeMs, point]))
    const { resource = {}, attributes = {} } = arrived[0] ?? {}
    const points = [...byTime.values()].sort((a, b) => a.timeMs - b.timeMs)
    const texts = Object.fromEntries([...entriesOf(resource), ...entriesOf(attributes)])
    return { texts, points, ...increasesOf(metric, points) }
  })
}

function entriesOf(attributes: SentPoint['attributes']): [string, string][] {
  return Object.entries(attributes)
    .map(([name, value]): [string, string] => [name, String(value)])
    .sort(([a], [b]) => (a < b ? -1 : 1))
}

function passes(text: string | undefined, { op, value }: MetricFilter): boolean {
  const values = [value].flat().map(String)
  if (op === 'does-not-exist') return text === undefined
  if (text === undefined) return false
  if (op === '=' || op === 'in') return values.includes(text)
  if (op === '!=' || op === 'not-in') return !values.includes(text)
  if (op === 'contains') return text.includes(values[0] ?? '')
  if (op === 'does-not-contain') return !text.includes(values[0] ?? '')
  return op === 'starts-with' ? text.startsWith(values[0] ?? '') : true
}

function isHeld({ kind, isMonotonic }: SentMetric): boolean {
  return kind === 'gauge' || (kind === 'sum' && !isMonotonic)
}

function calculate(
  metric: SentMetric,
  series: readonly Series[],
  everything: readonly Increase[],
  step: Step,
  name: MetricCalculation,
): Allowed {
  const percentile = /^P\d+$/.test(name) ? Number(`0.${name.slice(1)}`) : undefined
  if (metric.kind === 'summary' && percentile !== undefined) return quantile(series, step, percentile)
  if (isHeld(metric)) return exactly(held(metric, series, step, name))
  const increases = series.flatMap((one) => one.increases)
  const parts = weighted(increases, step)
  if (parts.length === 0) return null
  const count = parts.reduce((sum, { increase, share }) => sum + increase.count * share, 0)
  if (name === 'INCREASE') return exactly(count)
  if (name === 'RATE') return exactly(count / coveredSeconds(everything, step))
  if (percentile !== undefined) {
    const pieces = parts.flatMap(({ increase, share }) =>
      increase.pieces.map((piece) => ({ ...piece, count: piece.count * share })),
    )
    return percentileOf(pieces, percentile)
  }
  if (parts.some(({ increase }) => increase.sum === undefined)) return null
  const sum = parts.reduce((total, { increase, share }) => total + (increase.sum ?? 0) * share, 0)
  if (name === 'TOTAL') return exactly(sum)
  return count > 0 ? exactly(sum / count) : null
}

function exactly(value: number | null): Allowed {
  return value === null ? null : [value, value]
}

/** The share of each increase that a step gets, of those that overlap it. */
function weighted(increases: readonly Increase[], { fromMs, toMs }: Step) {
  return increases.flatMap((increase) => {
    const length = increase.toMs - increase.fromMs
    if (length === 0) return increase.toMs >= fromMs && increase.toMs < toMs ? [{ increase, share: 1 }] : []
    const overlap = Math.min(toMs, increase.toMs) - Math.max(fromMs, increase.fromMs)
    return overlap > 0 ? [{ increase, share: overlap / length }] : []
  })
}

function coveredSeconds(everything: readonly Increase[], { fromMs, toMs }: Step): number {
  const first = Math.min(...everything.map((increase) => increase.fromMs))
  const last = Math.max(...everything.map((increase) => increase.toMs))
  const covered = Math.min(last, toMs) - Math.max(first, fromMs)
  return (covered > 0 ? covered : toMs - fromMs) / 1_000
}

/** Rounding may move the wanted share by as much: between two buckets the percentile jumps. */
const SHARE_ERROR = 1e-9

function percentileOf(pieces: readonly Piece[], share: number): Allowed {
  const total = pieces.reduce((sum, { count }) => sum + count, 0)
  if (total === 0) return null
  const find = (wanted: number) => {
    let [low, high] = [Math.min(...pieces.map(({ lo }) => lo)), Math.max(...pieces.map(({ hi }) => hi))]
    if (countUpTo(pieces, low, true) >= wanted) return low
    for (;;) {
      const middle = low + (high - low) / 2
      if (middle <= low || middle >= high) return high
      if (countUpTo(pieces, middle, true) >= wanted) high = middle
      else low = middle
    }
  }
  return [
    find(total * share * (1 - SHARE_ERROR)),
    find(Math.min(total * (1 - 1e-15), total * share * (1 + SHARE_ERROR))),
  ]
}

/** "What it is now". */
function held(
  metric: SentMetric,
  series: readonly Series[],
  step: Step,
  name: MetricCalculation,
): number | null {
  const values = series.flatMap(({ points }) => {
    let total = 0
    const added = points.map((point) => {
      if (metric.temporality !== 'delta' || !hasValue(point)) return point
      total += point.value ?? 0
      return { ...point, value: total }
    })
    const own = heldIn(added, step)
    return own ? [own] : []
  })
  if (values.length === 0) return null
  if (name === 'MIN') return Math.min(...values.map((own) => Math.min(...own)))
  if (name === 'MAX') return Math.max(...values.map((own) => Math.max(...own)))
  if (name === 'SUM') return values.reduce((sum, own) => sum + (own.at(-1) ?? 0), 0)
  return (
    values.reduce((sum, own) => sum + own.reduce((all, one) => all + one, 0) / own.length, 0) / values.length
  )
}

/** The values of a series in a step: its points, or the one that it holds at the step's start. */
function heldIn(points: readonly SentPoint[], { fromMs, toMs }: Step): number[] | undefined {
  const inside = points.filter((point) => point.timeMs >= fromMs && point.timeMs < toMs && hasValue(point))
  if (inside.length > 0) return inside.map(({ value }) => value ?? 0)
  const last = points.findLast(({ timeMs }) => timeMs <= fromMs)
  const distances = points
    .flatMap(({ timeMs }, index) => (index === 0 ? [] : timeMs - (points[index - 1]?.timeMs ?? 0)))
    .sort((a, b) => a - b)
  const median = distances[Math.floor(distances.length / 2)] ?? 0
  return last && hasValue(last) && fromMs - last.timeMs <= 2 * median ? [last.value ?? 0] : undefined
}

function hasValue({ isMissing, value }: SentPoint): boolean {
  return !isMissing && Number.isFinite(value)
}

/** Of a summary: the greatest of the points in a step, or of those held, of all series. */
function quantile(series: readonly Series[], step: Step, wanted: number): Allowed {
  const values = series.flatMap(({ points }) => {
    const gauge = points.map((point) => ({
      ...point,
      value: point.quantiles?.find((one) => one.quantile === wanted)?.value ?? Number.NaN,
    }))
    const own = heldIn(gauge, step)
    return own ? [own] : []
  })
  return values.length === 0 ? null : exactly(Math.max(...values.map((own) => Math.max(...own))))
}
