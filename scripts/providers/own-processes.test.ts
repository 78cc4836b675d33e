import { expect, test } from 'vitest'
import type { TelemetryHealth, TelemetryStream } from '../../contracts/telemetry-health.ts'
import { always, ProviderServer } from '../../tests/harness/provider-server.ts'
import { findTelemetryTroubles, readTelemetryHealth } from './own-processes.ts'

const COUNTED: TelemetryStream = {
  enabled: true,
  accepted: 3,
  refused: 0,
  dropped: 0,
  unconfirmed: 0,
  failing: false,
  pending: 0,
  recentTraceIds: [],
}
const HEALTH: TelemetryHealth = {
  service: 'cruddur-backend',
  sampler: { name: 'xray', fallback: false },
  providers: {
    honeycomb: COUNTED,
    xray: { enabled: false, pipeline: 'collector' },
    rollbar: { enabled: false },
  },
  logs: COUNTED,
  metrics: COUNTED,
}
const failed = (message: string, more: Partial<TelemetryStream>): TelemetryStream => ({
  ...COUNTED,
  lastError: { at: '2026-11-26T00:00:00.000Z', message },
  ...more,
})

test('a backend’s answer is read', async () => {
  await using backend = await ProviderServer.start(always(200, { ...HEALTH, fieldOfALaterVersion: 1 }))
  expect(await readTelemetryHealth(backend.url)).toEqual(HEALTH)
})

test.each([
  [404, {}],
  [200, 'no JSON'],
  [200, []],
])('%i with %j is no answer', async (status, body) => {
  await using other = await ProviderServer.start(always(status, body))
  expect(await readTelemetryHealth(other.url)).toBeUndefined()
})

test.each(['http', 'https'])('a closed port is no answer: %s', async (protocol) => {
  expect(await readTelemetryHealth(`${protocol}://127.0.0.1:1`)).toBeUndefined()
})

test('refused logs and metrics are reported like spans, segments and items', () => {
  const health: TelemetryHealth = {
    ...HEALTH,
    providers: { ...HEALTH.providers, rollbar: failed('no answer', {}) },
    logs: failed('401 unknown key', { refused: 4 }),
    metrics: failed('503', { refused: 2, dropped: 1 }),
  }
  expect(findTelemetryTroubles(health)).toEqual([
    'rollbar: no answer',
    'logs: 401 unknown key (4 refused)',
    'metrics: 503 (2 refused, 1 dropped)',
  ])
})

test('rules that have not arrived are reported', () => {
  expect(findTelemetryTroubles({ ...HEALTH, sampler: { name: 'xray', fallback: true } })).toEqual([
    'sampler xray: no rules from X-Ray, falls back to 1/s and 5 %',
  ])
})
