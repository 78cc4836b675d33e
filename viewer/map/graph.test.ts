import { expect, test } from 'vitest'
import { figuresOf } from './graph.ts'

test('the map’s figures: rates of all requests, percentiles of the histogram', () => {
  const summary = {
    OkCount: 90,
    ErrorStatistics: { TotalCount: 6, ThrottleCount: 0 },
    FaultStatistics: { TotalCount: 4 },
    TotalCount: 100,
    TotalResponseTime: 10,
  }
  const histogram = [
    { Value: 2, Count: 2 },
    { Value: 0.01, Count: 60 },
    { Value: 0.1, Count: 38 },
  ]
  expect(figuresOf(summary, histogram, 5)).toEqual({
    total: 100,
    perMinute: 20,
    errors: 0.06,
    faults: 0.04,
    p50: 10,
    p95: 100,
    p99: 2_000,
  })
  expect(figuresOf(undefined, undefined, 5)).toMatchObject({ total: 0, faults: 0, p99: 0 })
})
