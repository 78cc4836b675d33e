import { expect, test } from 'vitest'
import { placeInList, plausibleRange } from './plausible-time.ts'

const NOW = Date.UTC(2026, 10, 26)
const DAY_MS = 86_400_000

test.each([
  ['a second ago', NOW - 1_000, NOW - 1_000],
  ['a year ago', NOW - 365 * DAY_MS, NOW - 365 * DAY_MS],
  ['a clock two minutes ahead', NOW + 120_000, NOW + 120_000],
  ['a local time taken for UTC', NOW + 14 * 3_600_000, NOW],
  ['seconds for ms', NOW / 1_000, NOW],
  ['µs for ms', NOW * 1_000, NOW],
  ['before 1970', -1, NOW],
  ['no number', Number.NaN, NOW],
])('the place of a record: %s', (_case, ms, place) => {
  expect(placeInList(ms, NOW)).toBe(place)
})

test.each([
  ['as sent', [NOW - 20, NOW - 10], [NOW - 20, NOW - 10]],
  ['no end', [NOW - 20, 0], [NOW - 20, NOW - 20]],
  ['no start', [0, NOW - 10], [NOW - 10, NOW - 10]],
  ['neither', [0, 0], [NOW, NOW]],
  ['no numbers', [Number.NaN, Number.NaN], [NOW, NOW]],
  ['an end before its start', [NOW - 10, NOW - 20], [NOW - 10, NOW - 10]],
  ['a start in µs', [NOW * 1_000, NOW - 10], [NOW - 10, NOW - 10]],
  ['an end in the year 58871', [NOW - 10, NOW * 1_000], [NOW - 10, NOW - 10]],
  ['25 years', [Date.UTC(2001), NOW], [NOW, NOW]],
  ['29 days', [NOW - 29 * DAY_MS, NOW], [NOW - 29 * DAY_MS, NOW]],
] as const)('the range of time by which a record is listed: %s', (_case, [startMs, endMs], [from, to]) => {
  expect(plausibleRange({ startMs, endMs }, NOW)).toEqual({ startMs: from, endMs: to })
})
