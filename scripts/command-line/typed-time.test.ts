import { expect, test } from 'vitest'
import { readLengthMs, readMomentMs } from './typed-time.ts'

test.each([
  ['200', 200],
  ['200ms', 200],
  ['1.5s', 1_500],
  ['10m', 600_000],
  ['10 min', 600_000],
  ['2h', 7_200_000],
  ['7d', 604_800_000],
  ['', undefined],
  ['-1s', undefined],
  ['1y', undefined],
])('the length %s is %s ms', (text, ms) => {
  expect(readLengthMs(text)).toBe(ms)
})

test.each([
  ['10m', 1_763_800_000_000 - 600_000],
  ['1763800000123', 1_763_800_000_123],
  ['2025-11-22T08:26:40Z', 1_763_800_000_000],
  ['2025-11-22', Date.parse('2025-11-22')],
  ['200', undefined],
  ['yesterday', undefined],
  ['1 Jan', undefined],
])('the moment %s is %s', (text, ms) => {
  expect(readMomentMs(text, 1_763_800_000_000)).toBe(ms)
})
