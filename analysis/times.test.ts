import { expect, test } from 'vitest'
import { granularitiesFor, lengthName, localTime, unixSeconds } from './times.ts'

test('lengths in the largest unit that fits', () => {
  expect([600, 3_600, 7_200, 86_400, 604_800, 90, 5_400].map(lengthName)).toEqual([
    '10 minutes',
    '1 hour',
    '2 hours',
    '24 hours',
    '7 days',
    '90 seconds',
    '90 minutes',
  ])
})

test('a granularity is between a thousandth of the range and all of it', () => {
  expect(granularitiesFor(600)).toEqual([1, 2, 5, 10, 15, 30, 60, 120, 300, 600])
  expect(granularitiesFor(5)).toEqual([1, 2, 5])
  expect(granularitiesFor(604_800)).toEqual([900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400])
})

test('a local time is read as it was written', () => {
  const now = 1_763_800_001
  expect(unixSeconds(localTime(now))).toBe(now)
  expect(unixSeconds('')).toBeUndefined()
})
