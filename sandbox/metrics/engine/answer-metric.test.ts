import { describe, expect, test } from 'vitest'
import type { MetricQuestion } from '../../../contracts/sandbox/metrics.ts'
import type {
  HistogramPoint,
  NumberPoint,
  Point,
  StoredMetric,
  SummaryPoint,
  TimeSeries,
} from '../time-series.ts'
import { answerMetric } from './answer-metric.ts'

// The numbers are calculated by hand from docs/metrics.md. Times in the tests are seconds after T0.

const T0 = 1_700_000_000
const at = (s: number) => (T0 + s) * 1_000

const series = (points: readonly Point[], attributes: Record<string, string> = {}): TimeSeries => ({
  attributes: new Map(Object.entries(attributes)),
  points,
})
/** [time, value, start] */
const numbers = (...points: readonly (readonly [number, number | 'missing', number?])[]): NumberPoint[] =>
  points.map(([time, value, start]) => ({
    startMs: start === undefined ? 0 : at(start),
    timeMs: at(time),
    isMissing: value === 'missing',
    value: value === 'missing' ? 0 : value,
    exemplars: [],
  }))
const histogram = (
  time: number,
  start: number,
  bounds: number[],
  counts: number[],
  sum: number,
): HistogramPoint => ({
  startMs: at(start),
  timeMs: at(time),
  isMissing: false,
  exemplars: [],
  count: counts.reduce((all, one) => all + one, 0),
  sum,
  min: undefined,
  max: undefined,
  buckets: { bounds, counts },
})
const exponential = (
  time: number,
  scale: number,
  offset: number,
  counts: number[],
  zeroCount = 0,
): HistogramPoint => ({
  ...histogram(time, 0, [], counts, 1),
  count: counts.reduce((all, one) => all + one, zeroCount),
  buckets: {
    scale,
    zeroCount,
    zeroThreshold: 0,
    positive: { offset, counts },
    negative: { offset: 0, counts: [] },
  },
})

const metric = (shape: Partial<StoredMetric>, ...all: readonly TimeSeries[]): StoredMetric => ({
  dataset: 'd',
  name: 'm',
  kind: 'sum',
  unit: '1',
  description: '',
  temporality: 'cumulative',
  isMonotonic: true,
  series: all,
  ...shape,
})
const counter = (...all: readonly TimeSeries[]) => metric({}, ...all)
const delta = (...all: readonly TimeSeries[]) => metric({ temporality: 'delta' }, ...all)
const gauge = (...all: readonly TimeSeries[]) =>
  metric({ kind: 'gauge', temporality: null, isMonotonic: false }, ...all)
const histograms = (...points: readonly HistogramPoint[]) => metric({ kind: 'histogram' }, series(points))

function ask(stored: StoredMetric, question: Partial<MetricQuestion> = {}) {
  const range = { start_time: T0, end_time: T0 + 60, granularity: 10 }
  return answerMetric(stored, { name: 'm', ...range, ...question }, at(60), () => {})
}
const valuesOf = (stored: StoredMetric, calculation: NonNullable<MetricQuestion['calculations']>[number]) =>
  ask(stored, { calculations: [calculation] }).groups[0]?.values[calculation]

describe('a counter', () => {
  test('the difference to the point before is spread over the time between them', () => {
    const stored = counter(
      series(numbers([0, 100, -1000], [10, 110, -1000], [25, 140, -1000], [60, 140, -1000])),
    )
    expect(valuesOf(stored, 'INCREASE')).toEqual([10, 20, 10, 0, 0, 0])
    expect(valuesOf(stored, 'RATE')).toEqual([1, 2, 1, 0, 0, 0])
    expect(ask(stored, { calculations: ['INCREASE'] }).groups[0]?.totals.INCREASE).toBe(40)
  })

  test('the first point counts from its start, and without a start not at all', () => {
    expect(valuesOf(counter(series(numbers([20, 6, 0], [30, 6, 0]))), 'INCREASE')).toEqual([
      3,
      3,
      0,
      null,
      null,
      null,
    ])
    const unknown = counter(series(numbers([20, 6], [30, 7])))
    expect(valuesOf(unknown, 'INCREASE')).toEqual([null, null, 1, null, null, null])
    expect(ask(unknown).warnings[0]).toContain('no start time')
  })

  test('a restart counts the new value from its own start, also if it is larger', () => {
    const smaller = counter(series(numbers([10, 50, 0], [20, 50, 0], [30, 4, 26])))
    expect(valuesOf(smaller, 'INCREASE')).toEqual([50, 0, 4, null, null, null])
    expect(ask(smaller).resets).toBe(1)
    const larger = counter(series(numbers([10, 5, 0], [30, 8, 20])))
    expect(valuesOf(larger, 'INCREASE')).toEqual([5, null, 8, null, null, null])
    // Without a start the decrease shows it.
    expect(valuesOf(counter(series(numbers([10, 5], [20, 2]))), 'INCREASE')).toEqual([
      null,
      2,
      null,
      null,
      null,
      null,
    ])
  })

  test('the growth in a gap is not lost; NO_RECORDED_VALUE ends the series; NaN is left out', () => {
    expect(valuesOf(counter(series(numbers([10, 0, 0], [50, 40, 0]))), 'INCREASE')).toEqual([
      0,
      10,
      10,
      10,
      10,
      null,
    ])
    const ended = counter(series(numbers([10, 4, 0], [20, 'missing'], [40, 6, 30])))
    expect(valuesOf(ended, 'INCREASE')).toEqual([4, null, null, 6, null, null])
    // The same process goes on, and has counted meanwhile.
    const goesOn = counter(series(numbers([10, 4, 0], [20, 'missing'], [40, 10, 0])))
    expect(valuesOf(goesOn, 'INCREASE')).toEqual([4, 2, 2, 2, null, null])
    const endsAfterwards = counter(series(numbers([10, 4, 0], [50, 8, 0], [65, 'missing'], [80, 14, 0])))
    expect(valuesOf(endsAfterwards, 'INCREASE')).toEqual([4, 1, 1, 1, 1, 2])
    const withNaN = counter(series(numbers([10, 4, 0], [20, Number.NaN, 0], [30, 8, 0])))
    expect(valuesOf(withNaN, 'INCREASE')).toEqual([4, 2, 2, null, null, null])
    expect(ask(withNaN).warnings[0]).toContain('1 point is not a number')
  })

  test('points before and after the range have their part in it', () => {
    const stored = counter(
      series(numbers([-20, 0, -100], [-10, 0, -100], [10, 20, -100], [50, 60, -100], [70, 80, -100])),
    )
    expect(valuesOf(stored, 'INCREASE')).toEqual([10, 10, 10, 10, 10, 10])
  })

  test('delta: each point has its own interval', () => {
    expect(valuesOf(delta(series(numbers([10, 3, 0], [30, 4, 20]))), 'INCREASE')).toEqual([
      3,
      null,
      4,
      null,
      null,
      null,
    ])
    // Without a start: since the point before, or all at once.
    expect(valuesOf(delta(series(numbers([5, 3], [25, 4]))), 'INCREASE')).toEqual([4, 2, 1, null, null, null])
  })

  test('the rate of a step that is not over is that of its part', () => {
    const stored = counter(series(numbers([0, 0, -10], [50, 50, -10], [52, 52, -10])))
    expect(valuesOf(stored, 'RATE')).toEqual([1, 1, 1, 1, 1, 1])
  })

  test('groups, filters, limit: the largest first', () => {
    const stored = counter(
      series(numbers([10, 5, 0]), { route: '/a', status: '200' }),
      series(numbers([10, 7, 0]), { route: '/b', status: '200' }),
      series(numbers([10, 1, 0]), { route: '/b', status: '500' }),
      series(numbers([10, 2, 0])),
    )
    const grouped = ask(stored, { calculations: ['INCREASE'], breakdowns: ['route'], limit: 2 })
    expect(grouped.groups.map(({ key, totals, series }) => [key, totals.INCREASE, series])).toEqual([
      [['/b'], 8, 2],
      [['/a'], 5, 1],
    ])
    expect(grouped.groupCount).toBe(3)
    const total = (filter: NonNullable<MetricQuestion['filters']>[number]) =>
      ask(stored, { calculations: ['INCREASE'], filters: [filter] }).groups[0]?.totals.INCREASE
    expect(total({ attribute: 'status', op: '=', value: 200 })).toBe(12)
    expect(total({ attribute: 'status', op: '!=', value: '200' })).toBe(1)
    expect(total({ attribute: 'route', op: 'does-not-exist' })).toBe(2)
    expect(total({ attribute: 'route', op: 'in', value: ['/a', '/x'] })).toBe(5)
    expect(ask(stored, { filters: [{ attribute: 'x', op: 'exists' }] }).groups[0]).toMatchObject({
      series: 0,
    })
  })

  test('the filter that left no time series is named', () => {
    const stored = counter(series(numbers([10, 5, 0]), { route: '/a' }), series(numbers([10, 7, 0])))
    const emptiedBy = (...filters: NonNullable<MetricQuestion['filters']>) =>
      ask(stored, { filters }).emptiedBy
    const exists = { attribute: 'route', op: 'exists' } as const
    expect(emptiedBy(exists, { attribute: 'route', op: '=', value: '/b' })).toBe(1)
    expect(emptiedBy({ attribute: 'x', op: 'exists' }, exists)).toBe(0)
    expect(emptiedBy(exists)).toBeNull()
    expect(emptiedBy()).toBeNull()
  })
})

describe('a gauge', () => {
  test('holds its value until its next point, for twice the median distance', () => {
    const stored = gauge(series(numbers([0, 1], [10, 3], [15, 5], [25, 2])))
    expect(valuesOf(stored, 'AVG')).toEqual([1, 4, 2, 2, 2, null])
    expect(valuesOf(stored, 'MIN')).toEqual([1, 3, 2, 2, 2, null])
    expect(valuesOf(stored, 'MAX')).toEqual([1, 5, 2, 2, 2, null])
    expect(valuesOf(stored, 'SUM')).toEqual([1, 5, 2, 2, 2, null])
    expect(valuesOf(gauge(series(numbers([5, 1]))), 'AVG')).toEqual([1, null, null, null, null, null])
  })

  test('NaN and NO_RECORDED_VALUE end it', () => {
    expect(valuesOf(gauge(series(numbers([0, 1], [10, Number.NaN], [40, 2]))), 'AVG')).toEqual([
      1,
      null,
      null,
      null,
      2,
      2,
    ])
    expect(valuesOf(gauge(series(numbers([0, 1], [10, 'missing'], [40, 2]))), 'AVG')).toEqual([
      1,
      null,
      null,
      null,
      2,
      2,
    ])
  })

  test('several series: mean, least, greatest, sum', () => {
    const stored = gauge(series(numbers([0, 1]), { a: '1' }), series(numbers([0, 5]), { a: '2' }))
    const answer = ask(stored, { calculations: ['AVG', 'MIN', 'MAX', 'SUM'] })
    expect(answer.groups[0]?.totals).toEqual({ AVG: 3, MIN: 1, MAX: 5, SUM: 6 })
  })

  test('an up-down counter is a level, its changes are added up', () => {
    const cumulative = metric({ isMonotonic: false }, series(numbers([0, 4, -10], [10, 2, -10])))
    expect(valuesOf(cumulative, 'SUM')).toEqual([4, 2, 2, 2, null, null])
    const changes = metric({ isMonotonic: false, temporality: 'delta' }, series(numbers([0, 4], [10, -2])))
    expect(valuesOf(changes, 'SUM')).toEqual([4, 2, 2, 2, null, null])
  })
})

describe('a histogram', () => {
  test('percentiles are interpolated in their bucket', () => {
    const stored = histograms(
      histogram(0, -10, [10, 20, 40], [0, 0, 0, 0], 0),
      histogram(10, -10, [10, 20, 40], [2, 6, 2, 0], 150),
    )
    const { values } =
      ask(stored, { calculations: ['P50', 'P95', 'AVG', 'INCREASE', 'TOTAL'] }).groups[0] ?? {}
    expect(values?.P50?.[0]).toBe(15)
    expect(values?.P95?.[0]).toBe(35)
    expect(values?.AVG?.[0]).toBe(15)
    expect(values?.INCREASE?.[0]).toBe(10)
    expect(values?.TOTAL?.[0]).toBe(150)
    expect(values?.P50?.[1]).toBeNull()
  })

  test('values above the last bound count as that bound, with a warning', () => {
    const stored = histograms(histogram(10, 0, [10], [1, 3], 100))
    expect(valuesOf(stored, 'P99')?.[0]).toBe(10)
    expect(ask(stored).warnings).toEqual([
      expect.stringContaining('75.0 % of the values are above the largest bound, 10'),
    ])
  })

  test('a smaller bucket, or other bounds, is a reset', () => {
    const smaller = histograms(histogram(10, 0, [10], [5, 0], 5), histogram(20, 0, [10], [4, 2], 9))
    expect(valuesOf(smaller, 'INCREASE')).toEqual([5, 6, null, null, null, null])
    const other = histograms(histogram(10, 0, [10], [5, 0], 5), histogram(20, 0, [20], [6, 0], 9))
    expect(valuesOf(other, 'INCREASE')).toEqual([5, 6, null, null, null, null])
    expect(ask(other).resets).toBe(1)
  })

  test('different bounds are added as what they say about values', () => {
    const stored = metric(
      { kind: 'histogram', temporality: 'delta' },
      series([histogram(10, 0, [10, 20], [0, 4, 0], 60)], { a: '1' }),
      series([histogram(10, 0, [15], [6, 0], 40)], { a: '2' }),
    )
    // 6 between 0 and 15, 4 between 10 and 20: at 12.5 there are 5 + 1.
    expect(ask(stored, { calculations: ['P50'] }).groups[0]?.values.P50?.[0]).toBeCloseTo(11.25, 12)
  })

  test('exponential: logarithmic within a bucket, and another scale is no reset', () => {
    const shape = { kind: 'exponentialHistogram' } as const
    // Scale 0, offset 1: (2, 4], (4, 8].
    const first = metric({ ...shape, temporality: 'delta' }, series([exponential(10, 0, 1, [2, 2])]))
    expect(valuesOf(first, 'P50')?.[0]).toBe(4)
    expect(valuesOf(first, 'P75')?.[0]).toBeCloseTo(4 * Math.SQRT2, 12)
    const withZeros = metric({ ...shape, temporality: 'delta' }, series([exponential(10, 0, 1, [1], 3)]))
    expect(valuesOf(withZeros, 'P50')?.[0]).toBe(0)
    // (2, 2.83] and (2.83, 4] at scale 1 become (2, 4] at scale 0.
    const downscaled = metric(shape, series([exponential(10, 1, 2, [1, 2]), exponential(20, 0, 1, [3, 5])]))
    expect(valuesOf(downscaled, 'INCREASE')).toEqual([3, 5, null, null, null, null])
    expect(valuesOf(downscaled, 'P50')?.[1]).toBeCloseTo(4 * Math.SQRT2, 12)
    expect(ask(downscaled).resets).toBe(0)
  })

  test('the heatmap has the buckets as rows, and every value once', () => {
    const stored = histograms(histogram(20, 0, [10, 20, 40], [0, 6, 2, 2], 150))
    const { heatmap } = ask(stored, { calculations: ['HEATMAP'] })
    expect(heatmap?.edges).toEqual([10, 20, 40])
    expect(heatmap?.counts).toEqual([3, 2, 3, 2, 0, 0, 0, 0, 0, 0, 0, 0])
    const fine = metric(
      { kind: 'exponentialHistogram', temporality: 'delta' },
      series([exponential(10, 3, 0, [1, 2, 3])]),
    )
    const { heatmap: logarithmic } = ask(fine, { calculations: ['HEATMAP'] })
    expect(logarithmic?.counts.reduce((sum, count) => sum + count, 0)).toBeCloseTo(6, 9)
  })

  test.each([
    { what: 'above the last bound', bounds: [1, 2, 4, 8], counts: [0, 0, 0, 0, 10], edges: [4, 8] },
    { what: 'below the first one', bounds: [0, 5, 10], counts: [10, 0, 0, 0], edges: [0, 5] },
  ])('the heatmap has a row for values that are all $what', ({ bounds, counts, edges }) => {
    const { heatmap } = ask(histograms(histogram(20, 0, bounds, counts, 150)), { calculations: ['HEATMAP'] })
    expect(heatmap?.edges).toEqual(edges)
    expect(heatmap?.counts.reduce((sum, count) => sum + count, 0)).toBeCloseTo(10, 9)
  })

  test('the heatmap has the values of a histogram with one bound', () => {
    const stored = histograms(histogram(20, 0, [-1], [4, 6], 150))
    const { heatmap } = ask(stored, { calculations: ['HEATMAP'] })
    expect(heatmap?.counts.reduce((sum, count) => sum + count, 0)).toBeCloseTo(10, 9)
  })
})

test('a summary has its own quantiles, and a growing count', () => {
  const point = (time: number, count: number, value: number): SummaryPoint => ({
    startMs: at(-10),
    timeMs: at(time),
    isMissing: false,
    exemplars: [],
    count,
    sum: count * 2,
    quantiles: [{ quantile: 0.5, value }],
  })
  const shape = { kind: 'summary', temporality: null, isMonotonic: false } as const
  const stored = metric(shape, series([point(0, 10, 3), point(10, 15, 4)]))
  const { values } = ask(stored, { calculations: ['P50', 'P99', 'INCREASE', 'AVG'] }).groups[0] ?? {}
  expect(values?.P50).toEqual([3, 4, 4, 4, null, null])
  expect(values?.P99).toEqual([null, null, null, null, null, null])
  expect(values?.INCREASE).toEqual([5, null, null, null, null, null])
  expect(values?.AVG?.[0]).toBe(2)
  const two = metric(shape, series([point(0, 1, 3)], { a: '1' }), series([point(0, 1, 9)], { a: '2' }))
  const answer = ask(two, { calculations: ['P50'] })
  expect(answer.groups[0]?.totals.P50).toBe(9)
  expect(answer.warnings).toContainEqual(expect.stringContaining('cannot be combined'))
})

test('exemplars: of the range, each once, with their group', () => {
  const exemplar = (s: number, value: number) => ({
    atMs: at(s),
    value,
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
  })
  const [first, second] = numbers([10, 1, 0], [20, 2, 0])
  const points = [
    { ...(first as NumberPoint), exemplars: [exemplar(5, 1), exemplar(-5, 7)] },
    { ...(second as NumberPoint), exemplars: [exemplar(5, 1), exemplar(15, 3)] },
  ]
  const { exemplars } = ask(counter(series(points, { a: 'x' })), { breakdowns: ['a'] })
  expect(exemplars.map(({ atMs, value, group }) => [atMs, value, group])).toEqual([
    [at(5), 1, 0],
    [at(15), 3, 0],
  ])
})

describe('a question', () => {
  test('names each wrong clause', () => {
    const stored = counter(series(numbers([10, 1, 0])))
    const issuesOf = (question: Partial<MetricQuestion>) => {
      try {
        ask(stored, question)
      } catch (error) {
        return (error as { issues?: readonly { clause: string }[] }).issues?.map(({ clause }) => clause)
      }
    }
    expect(issuesOf({ calculations: ['RATE', 'P95'] })).toEqual(['calculations.1'])
    expect(
      issuesOf({
        filters: [
          { attribute: 'a', op: '=' },
          { attribute: 'a', op: 'in', value: 'x' },
        ],
      }),
    ).toEqual(['filters.0.value', 'filters.1.value'])
    expect(issuesOf({ end_time: T0 - 1 })).toEqual(['end_time'])
    expect(issuesOf({ granularity: 1, end_time: T0 + 5_000 })).toEqual(['granularity'])
    expect(issuesOf({ time_range: 10 })).toEqual(['time_range'])
  })

  test('has steps that fit its range, and not finer than the metric was sent', () => {
    const every10 = counter(series(numbers([10, 1, 0], [20, 2, 0], [30, 3, 0])))
    const granularityOf = (stored: StoredMetric, range: number) =>
      ask(stored, { start_time: T0, end_time: T0 + range, granularity: 0 }).range.granularity
    expect(granularityOf(every10, 60)).toBe(10)
    expect(granularityOf(every10, 7_200)).toBe(60)
    expect(granularityOf(counter(), 60)).toBe(1)
  })
})
