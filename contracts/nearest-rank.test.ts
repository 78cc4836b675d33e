import { expect, test } from 'vitest'
import { nearestRank } from './nearest-rank.ts'

const HUNDRED = Array.from({ length: 100 }, (_, index) => index + 1)

test.each([
  [HUNDRED, 0.95, 95],
  [HUNDRED, 1, 100],
  [HUNDRED, 0, 1],
  [[1, 2, 3, 4], 0.5, 2],
  [[1, 2, 3, 4], 0.51, 3],
  [[7], 0.95, 7],
  [[], 0.5, Number.NaN],
])('of %j the value at %d is %d', (values, share, expected) => {
  expect(nearestRank(values, share)).toBe(expected)
  expect(nearestRank(Float64Array.from(values), share)).toBe(expected)
})
