import { expect, test } from 'vitest'
import type { ResponseTime } from '../../../contracts/sandbox/xray-filter.ts'
import { bucketsOf, percentile } from './histogram.ts'

const times = (...seconds: number[]): ResponseTime[] => seconds.map((each) => [each, each > 1 ? 1 : 0])

test('each request is in the bar of its response time, also at an edge', () => {
  const given = times(0, 0.0000005, 0.01, 0.012, 0.0125, 0.1, 0.99, 1, 1.5, 40)
  const buckets = bucketsOf(given)
  for (const { fromS, toS, requests, failed } of buckets) {
    const inside = given.filter(([s]) => Math.max(s, 1e-6) >= fromS && Math.max(s, 1e-6) < toS)
    expect([fromS, requests, failed]).toEqual([fromS, inside.length, inside.filter(([, bad]) => bad).length])
  }
  expect(buckets.reduce((sum, { requests }) => sum + requests, 0)).toBe(given.length)
  expect(buckets.every(({ toS }, index) => toS === (buckets[index + 1]?.fromS ?? toS))).toBe(true)
})

test('equal response times are one bar of several', () => {
  const buckets = bucketsOf(times(0.04, 0.04))
  expect(buckets.length).toBe(20)
  expect(buckets.filter(({ requests }) => requests > 0)).toEqual([
    { fromS: 0.04, toS: 0.05, requests: 2, failed: 0 },
  ])
  expect(bucketsOf([])).toEqual([])
})

test('a percentile is the smallest time that reaches its share', () => {
  const given = times(4, 1, 3, 2)
  expect([0.5, 0.51, 0.95, 1].map((share) => percentile(given, share))).toEqual([2, 3, 4, 4])
  expect(percentile([], 0.5)).toBe(0)
})
