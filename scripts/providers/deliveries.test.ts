import { expect, test } from 'vitest'
import type { TelemetryHealth, TelemetryStream } from '../../contracts/telemetry-health.ts'
import { type Delivery, deliveriesOf, newsOf } from './deliveries.ts'

const COUNTS = {
  enabled: true,
  accepted: 3,
  refused: 0,
  dropped: 0,
  unconfirmed: 0,
  pending: 0,
  failing: false,
  recentTraceIds: [],
} as const satisfies TelemetryStream
const NOW = Date.parse('2026-11-26T12:31:05Z')
const LAST_ERROR = { at: '2026-11-26T12:27:04Z', message: 'Honeycomb answered 503' }

const delivery = (counts: Partial<Delivery['counts']>): Delivery => ({
  name: 'Honeycomb logs',
  counts: { ...COUNTS, ...counts },
})

test('the deliveries of a process are those that are on, logs and metrics too', () => {
  const off = { enabled: false } as const
  const health: TelemetryHealth = {
    service: 'cruddur-backend',
    sampler: { name: 'xray', fallback: false },
    providers: { honeycomb: COUNTS, xray: { ...off, pipeline: 'collector' }, rollbar: off },
    logs: COUNTS,
    metrics: COUNTS,
  }
  expect(deliveriesOf(health).map(({ name }) => name)).toEqual([
    'Honeycomb spans',
    'Honeycomb logs',
    'Honeycomb metrics',
  ])
})

test('where nothing has failed there is no news, however much is unconfirmed', () => {
  expect(newsOf(delivery({}))).toBeUndefined()
  expect(newsOf(delivery({ unconfirmed: 400, pending: 2 }))).toBeUndefined()
})

test('a delivery that fails is named with the time of the last error and what waits', () => {
  expect(newsOf(delivery({ failing: true, refused: 3, pending: 12, lastError: LAST_ERROR }), NOW)).toEqual({
    isFailing: true,
    what: 'Honeycomb logs: delivery fails (3 refused, 12 waiting)',
    lastError: '4 min ago, at 12:27:04 UTC: Honeycomb answered 503',
  })
  // An outage that has cost nothing yet.
  expect(newsOf(delivery({ failing: true, lastError: LAST_ERROR }), NOW)?.what).toBe(
    'Honeycomb logs: delivery fails',
  )
})

test('once records are delivered again, the error and the losses are history', () => {
  const counts = { refused: 3, dropped: 2, unconfirmed: 1, pending: 5, lastError: LAST_ERROR }
  expect(newsOf(delivery(counts), NOW)).toEqual({
    isFailing: false,
    what: 'Honeycomb logs: delivering again (3 refused, 2 dropped, 1 unconfirmed)',
    lastError: '4 min ago, at 12:27:04 UTC: Honeycomb answered 503',
  })
})
