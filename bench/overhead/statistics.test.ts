import { describe, expect, test } from 'vitest'
import { differences, FEWEST_VALUES, median, medianInterval } from './statistics.ts'

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

test.each([
  [[5, 1, 3], 3],
  [[4, 1, 3, 2], 2.5],
  [[7], 7],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected)
})

describe('the 95 % interval of a median', () => {
  // The ranks are those of published tables of the sign test.
  test.each([
    [6, 1, 6, 0.969],
    [8, 1, 8, 0.992],
    [9, 2, 8, 0.961],
    [10, 2, 9, 0.979],
    [20, 6, 15, 0.959],
    [100, 40, 61, 0.965],
  ])('of %d values is from the %d. to the %d., with %d', (count, low, high, confidence) => {
    const interval = medianInterval(upTo(count).reverse())
    expect(interval).toMatchObject({ low, high })
    expect(interval.confidence).toBeCloseTo(confidence, 3)
  })

  test('needs six values', () => {
    expect(() => medianInterval(upTo(FEWEST_VALUES - 1))).toThrow('5 values are too few')
    expect(() => medianInterval([])).toThrow(RangeError)
  })

  test('contains the median of the population in at least 95 % of samples, also of a skewed one', () => {
    let state = 42
    // A small generator of uniform numbers, so that every run draws the same samples.
    const uniform = () => {
      state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32
      return state / 2 ** 32
    }
    let hits = 0
    for (let sample = 0; sample < 2_000; sample++) {
      const { low, high } = medianInterval(upTo(10).map(() => -Math.log(1 - uniform())))
      if (low <= Math.LN2 && Math.LN2 <= high) hits++
    }
    expect(hits / 2_000).toBeGreaterThan(0.95)
    expect(hits / 2_000).toBeLessThan(0.995)
  })
})

test('a difference is that of a pair, in %', () => {
  expect(differences([110, 95, 200], [100, 100, 200]).map((value) => Math.round(value * 10) / 10)).toEqual([
    10, -5, 0,
  ])
})
