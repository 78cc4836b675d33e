import { expect, test } from 'vitest'
import type { TelemetryHealth, TelemetryStream } from '../../contracts/telemetry-health.ts'
import {
  type Delivery,
  deliveriesOf,
  describeLastError,
  describeLosses,
  describeLost,
  describeSamplerFailure,
  findFailures,
  hasNews,
} from './deliveries.ts'

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
const DOWN = { at: '2026-11-26T12:27:04Z', message: 'http://127.0.0.1:4318 cannot be reached' }
const OFF = { enabled: false } as const
const HEALTH: TelemetryHealth = {
  service: 'cruddur-backend',
  sampler: { name: 'xray', fallback: false },
  providers: { honeycomb: COUNTS, xray: { ...OFF, pipeline: 'collector' }, rollbar: OFF },
  logs: COUNTS,
  metrics: COUNTS,
}

const delivery = (
  counts: Partial<Delivery['counts']>,
  provider: Delivery['provider'] = 'honeycomb',
): Delivery => ({ name: 'Honeycomb logs', provider, counts: { ...COUNTS, ...counts } })

test('the deliveries of a process are those that are on, logs and metrics too', () => {
  expect(deliveriesOf(HEALTH).map(({ name }) => name)).toEqual([
    'Honeycomb spans',
    'Honeycomb logs',
    'Honeycomb metrics',
  ])
})

test('where nothing has failed there is no news, however much is unconfirmed', () => {
  expect(hasNews(delivery({}))).toBe(false)
  expect(hasNews(delivery({ unconfirmed: 400, pending: 2 }))).toBe(false)
  expect(hasNews(delivery({ lastError: DOWN }))).toBe(true)
  expect(hasNews(delivery({ dropped: 1 }))).toBe(true)
})

test.each([
  [delivery({ failing: true, refused: 3, pending: 12 }), ' (3 refused, 12 pending)'],
  [delivery({ failing: true }), ''],
  // Once records are delivered again, nothing waits for long.
  [delivery({ refused: 3, dropped: 2, pending: 5 }), ' (3 refused, 2 dropped)'],
  // By HTTP only an answer that was cut off is unconfirmed; by UDP everything is.
  [delivery({ unconfirmed: 12 }), ' (12 unconfirmed)'],
  [delivery({ unconfirmed: 12 }, 'xray'), ' (12 unconfirmed)'],
  [delivery({ accepted: 0, refused: 16, unconfirmed: 7 }, 'xray'), ' (16 refused)'],
])('the losses of a delivery, case %#', (one, losses) => {
  expect(describeLosses([one])).toBe(losses)
})

test('the last error of several deliveries is the latest one', () => {
  const earlier = { at: '2026-11-26T12:20:00Z', message: 'a 401' }
  const text = describeLastError(
    [{ lastError: DOWN }, {}, { lastError: earlier }].map((one) => delivery(one)),
    NOW,
  )
  expect(text).toBe('4 min ago, at 12:27:04 UTC: http://127.0.0.1:4318 cannot be reached')
  expect(describeLastError([delivery({})])).toBeUndefined()
})

test('one error that stops many deliveries is one failure', () => {
  const down = { ...COUNTS, failing: true, pending: 5, refused: 1, lastError: DOWN }
  const other = { ...COUNTS, failing: true, lastError: { ...DOWN, message: 'ECONNREFUSED' } }
  const telemetry: TelemetryHealth = { ...HEALTH, logs: down, metrics: down }
  const failures = findFailures([
    { name: 'profiles', telemetry },
    {
      name: 'api',
      telemetry: { ...telemetry, providers: { honeycomb: COUNTS, xray: other, rollbar: down } },
    },
    { name: 'sandbox', telemetry: null },
  ])
  expect(failures.map(({ what }) => what)).toEqual([
    'profiles, Honeycomb logs, Honeycomb metrics; api, Honeycomb logs, Honeycomb metrics, Rollbar errors: delivery fails (5 refused, 25 pending)',
    'api, X-Ray segments: delivery fails',
  ])
  expect(failures.map(({ processes }) => processes)).toEqual([['profiles', 'api'], ['api']])
})

test('what all processes have lost is counted by kind', () => {
  const telemetry: TelemetryHealth = {
    ...HEALTH,
    logs: { ...COUNTS, refused: 2, dropped: 1, unconfirmed: 9 },
  }
  expect(describeLost([{ name: 'api', telemetry: HEALTH }])).toBeUndefined()
  expect(
    describeLost([
      { name: 'api', telemetry },
      { name: 'profiles', telemetry: { ...telemetry, metrics: { ...COUNTS, refused: 4 } } },
      { name: 'sandbox', telemetry: null },
    ]),
  ).toBe('6 Honeycomb logs, 4 Honeycomb metrics')
})

test.each([
  [{ name: 'xray', fallback: false }, undefined],
  [{ name: 'xray', fallback: true }, 'sampler xray: no rules from X-Ray, falls back to 1/s and 5 %'],
  [
    { name: 'xray', fallback: true, failure: 'a 403' },
    'sampler xray: no rules from X-Ray, falls back to 1/s and 5 %: a 403',
  ],
  [
    { name: 'xray', fallback: false, failure: 'a 403' },
    'sampler xray: keeps the rules that it has, and cannot read new ones: a 403',
  ],
])('a sampler %o: %s', (sampler, text) => {
  expect(describeSamplerFailure({ ...HEALTH, sampler })).toBe(text)
})
