import { expect, test } from 'vitest'
import { dateOf, timeTicks } from './time-ticks.ts'

const NOON = new Date(2026, 4, 5, 12, 0, 0).getTime()
const HOUR = 3_600_000
const DAY = 24 * HOUR
const labels = (fromMs: number, toMs: number, now = NOON) =>
  timeTicks(fromMs, toMs, 10, now).map(({ label }) => label)

test('a range of less than a second has milliseconds', () => {
  expect(labels(NOON, NOON + 700).slice(0, 3)).toEqual(['12:00:00.000', '12:00:00.100', '12:00:00.200'])
})

test('moments are round, in the time zone of the page', () => {
  expect(labels(NOON + 60_000, NOON + 2 * HOUR).slice(0, 3)).toEqual(['12:15', '12:30', '12:45'])
  expect(labels(NOON + 3_000, NOON + 45_000).slice(0, 2)).toEqual(['12:00:05', '12:00:10'])
  expect(timeTicks(NOON, NOON + 100 * DAY, 6, NOON).map(({ atMs }) => new Date(atMs).getHours())).toEqual([
    0, 0, 0, 0,
  ])
})

test.each([3, 700, 5_000, 60_000, HOUR, 7 * HOUR, DAY, 40 * DAY, 900 * DAY, 200_000 * DAY])(
  'no two labels of a range of %i ms are equal, and there are few',
  (span) => {
    for (const fromMs of [NOON, NOON - 0.3 * span]) {
      const found = labels(fromMs, fromMs + span)
      expect(new Set(found).size).toBe(found.length)
      expect(found.length).toBeGreaterThan(1)
      expect(found.length).toBeLessThanOrEqual(11)
    }
  },
)

test('the date is told where it is not today’s, and where a day begins', () => {
  expect(labels(NOON, NOON + 2 * HOUR)[0]).toBe('12:00')
  expect(labels(NOON, NOON + 2 * HOUR, NOON + 3 * DAY).slice(0, 2)).toEqual(['5 May 12:00', '12:15'])
  expect(labels(NOON + 11 * HOUR, NOON + 14 * HOUR)).toContain('6 May 00:00')
  expect(labels(NOON, NOON + 8 * DAY).slice(0, 3)).toEqual(['6 May', '7 May', '8 May'])
  expect(labels(NOON - 400 * DAY, NOON - 392 * DAY).slice(0, 2)).toEqual(['1 Apr 2025', '2 Apr'])
})

test('the whole time that a Date holds has labels', () => {
  expect(labels(DAY, NOON).slice(0, 2)).toEqual(['1980', '1990'])
  expect(labels(0, new Date(58_871, 0, 2).getTime())).toContain('50000')
  expect(labels(-8.64e15, 8.64e15).length).toBeLessThan(12)
  expect(dateOf(0)).toMatch(/1970$/)
  expect(dateOf(9e15)).toBe('beyond any calendar')
})
