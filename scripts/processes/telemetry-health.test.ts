import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { findTelemetryTroubles, readTelemetryHealth } from './telemetry-health.ts'

let close = () => {}

afterEach(() => close())

async function serve(status: number, body: string): Promise<string> {
  const server = createServer((_, response) => response.writeHead(status).end(body)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  close = () => server.close()
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('is read leniently', async () => {
  const body = {
    providers: {
      honeycomb: {
        mode: 'live',
        accepted: '3',
        lastError: { message: '401 unknown key', at: 1 },
        dropped: 4,
      },
      xray: { mode: 'local', accepted: 2, lastError: null },
      rollbar: { lastError: 'no answer' },
    },
    sampler: { name: 'xray', fallback: false },
    more: true,
  }
  const health = await readTelemetryHealth(await serve(200, JSON.stringify(body)))
  expect(health?.providers?.honeycomb).toMatchObject({ mode: 'live', accepted: undefined })
  expect(health && findTelemetryTroubles(health)).toEqual([
    'honeycomb: 401 unknown key (4 dropped)',
    'rollbar: no answer',
  ])
})

for (const [status, body] of [
  [404, '{}'],
  [200, 'no JSON'],
  [200, '[]'],
] as const) {
  test(`${status} with ${body} is no answer`, async () => {
    expect(await readTelemetryHealth(await serve(status, body))).toBeUndefined()
  })
}

test('nobody there is no answer', async () => {
  const url = await serve(200, '{}')
  close()
  expect(await readTelemetryHealth(url)).toBeUndefined()
})
