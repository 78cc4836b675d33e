import { expect, test } from 'vitest'
import { rate, ratedMs } from './rate.ts'

const MINUTE = 60_000

test.each([
  [15, 60 * MINUTE, '0.25/min'],
  [12 * 15, 15 * MINUTE, '12/min'],
  [1, 10.1 * MINUTE, '0.1/min'],
  [70, 60 * MINUTE, '1.2/min'],
  [60, 60 * MINUTE, '1/min'],
  [60_000, 5 * MINUTE, '12,000/min'],
  [1, 360 * MINUTE, '< 0.01/min'],
  [0, 60 * MINUTE, '0/min'],
])('%d in %d ms: %s', (times, overMs, text) => {
  expect(rate(times, overMs)).toBe(text)
})

test('rates are over the time since the first request, and at least a minute', () => {
  const toMs = 100 * MINUTE
  const range = { fromMs: 40 * MINUTE, toMs }
  expect(ratedMs({ ...range, firstMs: 90 * MINUTE })).toBe(10 * MINUTE)
  expect(ratedMs({ ...range, firstMs: toMs - 2_000 })).toBe(MINUTE)
  expect(ratedMs({ ...range, firstMs: 0 })).toBe(60 * MINUTE)
  expect(ratedMs({ ...range, firstMs: null })).toBe(60 * MINUTE)
})
