import { expect, test } from 'vitest'
import { figuresOf } from './graph.ts'

test('the map’s figures: rates of all requests, percentiles of the histogram', () => {
  const SummaryStatistics = {
    ErrorStatistics: { TotalCount: 6 },
    FaultStatistics: { TotalCount: 4 },
    TotalCount: 100,
  }
  const ResponseTimeHistogram = [
    { Value: 2, Count: 2 },
    { Value: 0.01, Count: 60 },
    { Value: 0.1, Count: 38 },
  ]
  expect(figuresOf({ SummaryStatistics, ResponseTimeHistogram }, 5)).toEqual({
    total: 100,
    perMinute: 20,
    errors: 0.06,
    faults: 0.04,
    p50: 10,
    p95: 100,
    p99: 2_000,
  })
  expect(figuresOf(undefined, 5)).toMatchObject({ total: 0, faults: 0, p99: 0 })
})
