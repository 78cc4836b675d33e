import { expect, test } from 'vitest'
import type { ProvidersRead } from '../../../contracts/sandbox/health.ts'
import type { RequestMenus } from '../../../contracts/sandbox/lists.ts'
import type { Wiring } from '../../../contracts/sandbox/wiring.ts'
import { UserError } from '../../../contracts/user-error.ts'
import type { ToolContext } from '../tool.ts'
import { listProviders } from './list-providers.ts'

const READ: ProvidersRead = {
  honeycomb: { mode: 'local', live: null },
  xray: { mode: 'local', region: 'ca-central-1', pipeline: 'sdk' },
  rollbar: { mode: 'off' },
  received: { spans: [], logs: [], segments: [], occurrences: [] },
  counts: {
    ...{ spansRejected: 0, metricPoints: 0, segmentsDropped: 0, segmentsOutsideRetention: 0 },
    ...{ lastDrop: '', kernelDrops: null },
  },
  httpErrors: [
    {
      ...{ provider: 'xray', path: '/v1/traces', status: 400, message: 'Transaction Search is off' },
      ...{ count: 3, lastMs: Date.UTC(2026, 10, 26, 12) },
    },
  ],
  foreignPages: [
    {
      ...{ origin: 'https://evil.example', message: 'If it is yours, add it', count: 9 },
      lastMs: Date.UTC(2026, 10, 26, 12),
    },
  ],
  ...{ clientMistakes: [], rules: [], futureRequests: 0, pruned: false },
}
const MENUS: RequestMenus = {
  ...{ services: [{ name: 'shop', count: 2 }], serviceCount: 1, routes: [], routeCount: 0 },
  ...{ matching: 2, stored: 2, p95Ms: 0, longestMs: 0, isComplete: true },
}
const WIRING: Wiring = {
  ...{ rows: 0, requests: 0, several: 0, examples: [], compared: 2, isAll: true, isComplete: true },
  oneSided: [
    { service: 'shop', only: 'honeycomb', requests: 2, isSoFar: true, sinceMs: null },
    { service: 'api', only: 'xray', requests: 9, isSoFar: false, sinceMs: Date.UTC(2026, 10, 26, 11) },
  ],
}

async function telemetryOf(wiring: () => Promise<Wiring>) {
  const reads = {
    ...{ providers: async () => READ, wiring },
    menus: async ({ has }: { has?: string }) => (has === 'xray' ? { ...MENUS, services: [] } : MENUS),
  }
  return listProviders.run({}, { reads, page: '' } as unknown as ToolContext)
}

test('two requests are enough to say where a service sends, and HTTP errors are read by a person', async () => {
  const { telemetry } = await telemetryOf(async () => WIRING)
  expect(telemetry).toEqual([
    'service shop | 2 requests | of them at Honeycomb 2, X-Ray 0, Rollbar 2',
    'HTTP error of X-Ray | 400 | /v1/traces | 3 times, last 2026-11-26T12:00:00.000Z | Transaction Search is off',
    'web page that was not let in | https://evil.example | 9 times, last 2026-11-26T12:00:00.000Z | If it is yours, add it',
    'service shop sends to Honeycomb only so far (2 requests)',
    'service api sends to X-Ray only (9 requests, since 2026-11-26T11:00:00.000Z)',
  ])
})

test('where rows cannot be compared, the rest is answered', async () => {
  const failure = new UserError({ code: 'READ_FAILED', what: 'It needs more memory.', fix: 'Try again' })
  const { facts, telemetry } = await telemetryOf(() => Promise.reject(failure))
  expect(facts.join()).toContain('could not be read now')
  expect(telemetry).toHaveLength(3)
})
