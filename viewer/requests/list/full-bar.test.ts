import { expect, test } from 'vitest'
import { fullBarMs } from './full-bar.ts'

test.each([
  ['the longest', { p95Ms: 54, longestMs: 307 }, 307],
  ['cut at ten times the percentile', { p95Ms: 54, longestMs: 3_600_000 }, 540],
  ['no request', { p95Ms: 0, longestMs: 0 }, 1],
  ['all at once', { p95Ms: 0.2, longestMs: 0.3 }, 1],
])('a full bar: %s', (_, durations, expected) => {
  expect(fullBarMs(durations)).toBe(expected)
})
