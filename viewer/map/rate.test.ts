import { expect, test } from 'vitest'
import { rate } from './rate.ts'

const MINUTE = 60_000

test.each([
  [3, 60 * MINUTE, '3 in 60 min'],
  [1, 5 * MINUTE, '1 in 5 min'],
  [2, 30_000, '4/min'],
  [12 * 15, 15 * MINUTE, '12/min'],
  [70, 60 * MINUTE, '1.2/min'],
  [3.4 * 300, 5 * MINUTE, '3.4/s'],
  [60_000, 5 * MINUTE, '200/s'],
  [12, 360 * MINUTE, '2/h'],
  [5, 360 * MINUTE, '5 in 6 h'],
  [0, 60 * MINUTE, '0 in 60 min'],
])('%d in %d ms: %s', (times, overMs, text) => {
  expect(rate(times, overMs)).toBe(text)
})
