import { expect, test } from 'vitest'
import type { MetricEntry } from '../../contracts/sandbox/metrics.ts'
import { calculationWords, formatOf, kindWords, lastWords, unitWords } from './metric-words.ts'

const ENTRY: MetricEntry = {
  dataset: 'cruddur-backend',
  name: 'http.server.request.duration',
  kind: 'histogram',
  unit: 's',
  description: '',
  temporality: 'delta',
  isMonotonic: false,
  points: 1,
  lastWrittenAt: '2026-11-26T10:00:00.000Z',
  storedPoints: 1,
  series: 2,
  attributes: [],
  last: { calculation: 'P95', value: 0.034, atMs: 0 },
  warnings: [],
}

test.each([
  [{ kind: 'sum', isMonotonic: true, temporality: 'cumulative' }, 'counter, cumulative'],
  [{ kind: 'sum', isMonotonic: false, temporality: 'delta' }, 'up-down counter, delta'],
  [{ kind: 'gauge', isMonotonic: false, temporality: null }, 'gauge'],
  [
    { kind: 'exponentialHistogram', isMonotonic: false, temporality: 'delta' },
    'exponential histogram, delta',
  ],
  [{ kind: 'summary', isMonotonic: false, temporality: null }, 'summary'],
  [{ kind: 'empty', isMonotonic: false, temporality: null }, 'no data'],
] as const)('%j is a %s', (metric, words) => {
  expect(kindWords(metric)).toBe(words)
})

test('the last value says what it is', () => {
  expect(lastWords(ENTRY)).toBe('p95 34 ms')
  const counter = { ...ENTRY, name: 'requests', kind: 'sum', isMonotonic: true, unit: '{request}' }
  expect(lastWords({ ...counter, last: { calculation: 'RATE', value: 1.2, atMs: 0 } })).toBe('1.2 requests/s')
  const gauge = { ...ENTRY, name: 'memory', kind: 'gauge', unit: 'By' }
  const last = { calculation: 'AVG', value: 4.2e8, atMs: 0 } as const
  expect(lastWords({ ...gauge, last })).toBe('mean 420 MB')
  expect(lastWords({ ...gauge, last, series: 1 })).toBe('420 MB')
  expect(lastWords({ ...gauge, last: { ...last, value: null } })).toBe('')
  expect(lastWords({ ...gauge, last: null })).toBe('')
})

test('a histogram of seconds counts values, not seconds', () => {
  expect(formatOf(ENTRY, 'RATE').format(1.5)).toBe('1.5/s')
  expect(formatOf(ENTRY, 'INCREASE').format(90)).toBe('90')
  expect(formatOf(ENTRY, 'TOTAL').format(90)).toBe('90 s')
  expect(formatOf({ ...ENTRY, kind: 'sum', unit: 'By' }, 'INCREASE').format(9e6)).toBe('9 MB')
})

test('a utilization is a share of 1, other numbers are not', () => {
  const utilization = { name: 'nodejs.eventloop.utilization', unit: '1', kind: 'gauge' }
  expect(formatOf(utilization, 'AVG').format(0.034)).toBe('3.4 %')
  expect(unitWords(utilization)).toBe('share, in %')
  expect(unitWords({ name: 'load', unit: '1' })).toBe('number')
  expect(unitWords({ name: 'load', unit: '{thread}' })).toBe('threads')
})

test('calculations in words', () => {
  expect(
    (['P999', 'P50', 'RATE', 'INCREASE', 'AVG'] as const).map((one) => calculationWords(one, ENTRY)),
  ).toEqual(['p99.9', 'p50', 'values per second', 'number of values', 'mean'])
  expect(calculationWords('INCREASE', { kind: 'sum' })).toBe('increase')
})
