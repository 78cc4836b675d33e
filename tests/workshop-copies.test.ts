import { expect, test } from 'vitest'
import { TTL_HOURS } from '../backend/api/activities.ts'
import { TTLS } from '../workshop/08-logs-and-metrics/judge-metric.ts'

// workshop/ may not import backend/, so that its checks copy what they compare with.
test('chapter 8 knows the api’s times to live', () => {
  expect(new Set(TTLS)).toEqual(new Set(Object.keys(TTL_HOURS)))
})
