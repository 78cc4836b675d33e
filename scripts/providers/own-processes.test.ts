import { expect, test } from 'vitest'
import type { TelemetryHealth, TelemetryStream } from '../../contracts/telemetry-health.ts'
import { always, ProviderServer } from '../../tests/harness/provider-server.ts'
import { readMissing, readTelemetryHealth } from './own-processes.ts'

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
test('a backend’s answer is read', async () => {
  await using backend = await ProviderServer.start(always(200, { ...HEALTH, fieldOfALaterVersion: 1 }))
  expect(await readTelemetryHealth(backend.url)).toEqual(HEALTH)
})

test.each([
  [404, {}],
  [200, 'no JSON'],
  [200, []],
  // A process of a version that did not count what is unconfirmed.
  [200, { ...HEALTH, logs: { ...COUNTED, unconfirmed: undefined, failing: undefined } }],
])('%i with %j is no answer', async (status, body) => {
  await using other = await ProviderServer.start(always(status, body))
  expect(await readTelemetryHealth(other.url)).toBeUndefined()
})

test.each(['http', 'https'])('a closed port is no answer: %s', async (protocol) => {
  expect(await readTelemetryHealth(`${protocol}://127.0.0.1:1`)).toBeUndefined()
})

test.each([
  [503, { missing: ['database', 'profiles'] }, ['database', 'profiles']],
  [200, { missing: [] }, []],
  // It becomes part of a command that a person pastes.
  [503, { missing: ['database; rm -r "$HOME"'] }, []],
])('a process that answers %i %j misses %j', async (status, body, missing) => {
  await using server = await ProviderServer.start(always(status, body))
  expect(await readMissing(server.url)).toEqual(missing)
})
