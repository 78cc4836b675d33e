import { expect, test } from 'vitest'
import type { LatencyPoint } from '../../../contracts/sandbox/lists.ts'
import { durationTicks } from './duration-ticks.ts'
import { frameOf, outsideOf } from './frame.ts'

const NOW = Date.UTC(2026, 4, 5, 12)
const HOUR = 3_600_000
const point = (startMs: number, ms: number): LatencyPoint => [startMs, ms, 0, '0'.repeat(32)]
/** One request each second, of 5 to 700 ms. */
const usual = (count: number) =>
  Array.from({ length: count }, (_, index) => point(NOW + index * 1_000, [5, 60, 700][index % 3] ?? 5))
const outside = (points: readonly LatencyPoint[], isWhole = false) => {
  const found = outsideOf(points, frameOf(points, isWhole))
  return [found.earlier, found.later, found.faster, found.slower].map(({ length }) => length)
}

test.each([1, 2, 3, 50, 2_000])('%i usual requests are all inside', (count) => {
  const points = usual(count)
  expect(outside(points)).toEqual([0, 0, 0, 0])
  const { fromMs, toMs, lowMs, highMs } = frameOf(points, false)
  expect([fromMs < NOW, toMs > NOW + (count - 1) * 1_000, lowMs]).toEqual([true, true, 1])
  expect(highMs).toBe(count === 1 ? 10 : count === 2 ? 100 : 1_000)
})

test.each([3, 50, 2_000])('one odd value beside %i usual requests does not squeeze the axes', (count) => {
  const points = usual(count)
  const from1970 = point(0, 60)
  const from58871 = point(new Date(58_871, 0, 1).getTime(), 60)
  const ofThreeHours = point(NOW + 1_500, 3 * HOUR)
  expect(outside([from1970, ...points])).toEqual([1, 0, 0, 0])
  expect(outside([...points, from58871])).toEqual([0, 1, 0, 0])
  expect(outside([from1970, ...points, from58871])).toEqual([1, 1, 0, 0])
  expect(outside([...points, ofThreeHours])).toEqual([0, 0, 0, 1])
  const frame = frameOf([from1970, ...points, ofThreeHours], false)
  expect([frame.fromMs, frame.highMs]).toEqual([expect.closeTo(NOW, -5), 1_000])
  expect(outside([from1970, ...points, from58871, ofThreeHours], true)).toEqual([0, 0, 0, 0])
})

test('what many requests have is not odd', () => {
  const early = usual(30).map(([startMs, ms]) => point(startMs - 48 * HOUR, ms))
  expect(outside([...early, ...usual(300)])).toEqual([0, 0, 0, 0])
  const slow = usual(30).map(([startMs]) => point(startMs, 3 * HOUR))
  expect(outside([...usual(300), ...slow])).toEqual([0, 0, 0, 0])
})

test('an hour of traffic, a pause over night and more traffic are shown as they are', () => {
  expect(outside([point(NOW - 20 * HOUR, 5), point(NOW, 5)])).toEqual([0, 0, 0, 0])
  const hours = usual(60).map(([, ms], index) => point(NOW + index * 60_000, ms))
  expect(outside([...hours, point(NOW + 5 * HOUR, 9)])).toEqual([0, 0, 0, 0])
})

test('the labels of durations are round, few, and in the unit of their size', () => {
  expect(durationTicks(1, 1_000, 6)).toEqual([1, 10, 100, 1_000])
  expect(durationTicks(1_000, 10 * HOUR, 6)).toEqual([1_000, 10_000, 60_000, 600_000, HOUR, 10 * HOUR])
  expect(durationTicks(0.01, 10 * HOUR, 6).length).toBeLessThanOrEqual(6)
})
