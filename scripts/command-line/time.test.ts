import { expect, test } from 'vitest'
import { describeDuration, describeMoment } from './time.ts'

test('durations', () => {
  expect([42, 200, 7500, 350_000].map(describeDuration)).toEqual(['42 s', '3 min', '2 h 5 min', '4 d 1 h'])
})

test('moments have the time, and the date when they are more than a day ago', () => {
  const now = Date.parse('2026-11-26T12:31:05.400Z')
  expect(describeMoment('2026-11-26T12:31:02.000Z', now)).toBe('3 s ago, at 12:31:02 UTC')
  expect(describeMoment('2026-11-25T12:27:05.000Z', now)).toBe('1 d 0 h ago, at 2026-11-25 12:27:05 UTC')
  expect(describeMoment('some time', now)).toBe('some time')
  // The clock of another machine may be ahead.
  expect(describeMoment('2026-11-26T12:31:09.000Z', now)).toBe('0 s ago, at 12:31:09 UTC')
})
