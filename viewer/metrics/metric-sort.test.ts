import { expect, test } from 'vitest'
import type { MetricEntry } from '../../contracts/sandbox/metrics.ts'
import { foundMetrics, lastCell, nextOrder, readOrder } from './metric-sort.ts'

const metric = (name: string, more: Partial<MetricEntry> = {}): MetricEntry => ({
  dataset: 'api',
  name,
  kind: 'gauge',
  unit: 'By',
  description: '',
  temporality: null,
  isMonotonic: false,
  points: 10,
  lastWrittenAt: '2026-11-26T10:00:00.000Z',
  storedPoints: 10,
  series: 1,
  attributes: [],
  last: { calculation: 'AVG', value: 1, atMs: 0 },
  warnings: [],
  ...more,
})
const METRICS = [
  metric('memory', { series: 3, last: { calculation: 'AVG', value: 9, atMs: 0 } }),
  metric('duration', {
    unit: 's',
    kind: 'histogram',
    attributes: [{ name: 'http.route', isResource: false, distinct: 1, values: ['/home'] }],
  }),
  metric('heap', { series: 2, dataset: 'profiles' }),
]
const names = (text: string, order: string | null = null) =>
  foundMetrics(METRICS, text, readOrder(order)).map(({ name }) => name)

test('metrics are found by name, dataset, kind, unit and attributes; every word counts', () => {
  expect(names('HEAP')).toEqual(['heap'])
  expect(names('gauge api')).toEqual(['memory'])
  expect(names('http.route')).toEqual(['duration'])
  expect(names('bytes')).toEqual(['heap', 'memory'])
  expect(names('nothing')).toEqual([])
})

test('every column sorts in both directions; values only beside those of their unit', () => {
  expect(names('')).toEqual(['duration', 'heap', 'memory'])
  expect(names('', '-name')).toEqual(['memory', 'heap', 'duration'])
  expect(names('', '-series')).toEqual(['memory', 'heap', 'duration'])
  expect(names('', 'last')).toEqual(['heap', 'memory', 'duration'])
  expect(names('', '-dataset')).toEqual(['heap', 'duration', 'memory'])
  expect(readOrder('constructor')).toEqual({ column: 'name', isDescending: false })
})

test('a metric without a value is last in both directions; a rate and a mean are not compared', () => {
  const last = (value: number | null, calculation: 'AVG' | 'RATE' = 'AVG') => ({
    last: { calculation, value, atMs: 0 },
  })
  const metrics = [
    metric('cold', last(-5)),
    metric('none', { last: null }),
    metric('unknown', last(null)),
    metric('warm', last(3)),
    metric('fast', last(1, 'RATE')),
  ]
  const sorted = (order: string) => foundMetrics(metrics, '', readOrder(order)).map(({ name }) => name)
  expect(sorted('last')).toEqual(['cold', 'warm', 'fast', 'none', 'unknown'])
  expect(sorted('-last')).toEqual(['fast', 'warm', 'cold', 'none', 'unknown'])
})

test('a second click turns the order round; numbers begin with the greatest', () => {
  expect(nextOrder({ column: 'name', isDescending: false }, 'series')).toBe('-series')
  expect(nextOrder({ column: 'series', isDescending: true }, 'series')).toBe('series')
  expect(nextOrder({ column: 'name', isDescending: false }, 'name')).toBe('-name')
  expect(nextOrder({ column: 'series', isDescending: true }, 'unit')).toBe('unit')
})

test('a metric without points says that they were deleted', () => {
  expect(lastCell(metric('a', { storedPoints: 0, series: 0, last: null }))).toBe('all points deleted')
  expect(lastCell(metric('a', { last: null }))).toBe('–')
  expect(lastCell(metric('a'))).toBe('1 B')
})
