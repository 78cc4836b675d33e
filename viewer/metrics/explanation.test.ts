import { expect, test } from 'vitest'
import type { Metric, MetricAnswer } from '../../contracts/sandbox/metrics.ts'
import { explanation, groupWords, hasGap, rangeNote } from './explanation.ts'

const COUNTER: Metric = {
  dataset: 'a',
  name: 'requests',
  kind: 'sum',
  unit: '{request}',
  description: '',
  temporality: 'cumulative',
  isMonotonic: true,
}
const HISTOGRAM: Metric = { ...COUNTER, kind: 'histogram', isMonotonic: false }
const answer = (metric: Metric, { resets = 0, series = 1 } = {}) => ({
  metric,
  resets,
  range: { start: 0, end: 600, granularity: 60 },
  groups: [{ key: [], series, values: {}, totals: {} }] as MetricAnswer['groups'],
})
const words = (...given: Parameters<typeof explanation>) => explanation(...given).join(' ')

test('a counter says which temporality it has, and what a restart did', () => {
  expect(words('RATE', answer(COUNTER), 700)).toBe(
    'How many per second, from a counter that only grows. Cumulative: each point has the total since the process began, and this chart shows the differences.',
  )
  expect(words('RATE', answer({ ...COUNTER, temporality: 'delta' }), 700)).toContain('nothing is subtracted')
  expect(words('INCREASE', answer(COUNTER, { resets: 1 }), 700)).toContain(
    'Once a time series began again from zero',
  )
  expect(words('RATE', answer(COUNTER, { resets: 3 }), 700)).toContain('3 times a time series began again')
  // A percentile has no total that could drop.
  expect(words('P95', answer(HISTOGRAM, { resets: 3 }), 700)).not.toContain('restart')
})

test('only a range whose last step is not over has a note about it', () => {
  expect(words('INCREASE', answer(COUNTER), 590)).toContain('its value still grows')
  expect(words('INCREASE', answer(COUNTER), 600)).not.toContain('newest')
  expect(words('RATE', answer(COUNTER), 590)).toContain('no drop')
  expect(words('P95', answer(HISTOGRAM), 590)).not.toContain('newest')
})

test('percentiles say that they cannot be averaged, and whose they are', () => {
  expect(words('P999', answer(HISTOGRAM), 700)).toContain('99.9 % of the values in each step of 1 minute')
  expect(words('P95', answer(HISTOGRAM, { series: 3 }), 700)).toContain('buckets of all time series')
  expect(words('P95', answer({ ...HISTOGRAM, kind: 'summary' }), 700)).toContain('the sender calculated')
})

test('every calculation of every kind is explained', () => {
  const gauge: Metric = { ...COUNTER, kind: 'gauge', temporality: null, isMonotonic: false }
  expect(words('AVG', answer(gauge, { series: 2 }), 700)).toContain('mean of the time series')
  expect(words('SUM', answer({ ...COUNTER, isMonotonic: false }, { series: 2 }), 700)).toContain('add up to')
  for (const calculation of ['AVG', 'RATE', 'INCREASE', 'TOTAL', 'HEATMAP'] as const) {
    expect(words(calculation, answer(HISTOGRAM), 700).length).toBeGreaterThan(30)
  }
})

test('a gap is between values', () => {
  expect(hasGap([null, 1, 2, null])).toBe(false)
  expect(hasGap([1, null, 2])).toBe(true)
  expect(hasGap([null, null])).toBe(false)
})

test('the totals of the range name the time that they are of, where that is not all of it', () => {
  expect(rangeNote(['P95', 'RATE'], HISTOGRAM)).toContain('between the first and the last data')
  expect(rangeNote(['SUM'], { ...COUNTER, isMonotonic: false })).toContain('last values')
  expect(rangeNote(['P95', 'AVG'], HISTOGRAM)).toBe('')
})

test('the sentence names the limit of groups', () => {
  expect(groupWords(20, 57)).toBe('20 of 57 groups shown')
  expect(groupWords(2, 2)).toBe('2 groups')
})
