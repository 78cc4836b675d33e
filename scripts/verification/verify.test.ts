import type { RequestListener } from 'node:http'
import { expect, test } from 'vitest'
import { resolveProviders } from '../../settings/providers.ts'
import { readSettings } from '../../settings/read.ts'
import { always, ProviderServer } from '../../tests/harness/provider-server.ts'
import { verify } from './verify.ts'

/** An api that continues traces, fails where it should, and reports no error to Rollbar. */
const api: RequestListener = ({ url = '', headers }, response) => {
  response.setHeader('traceresponse', String(headers.traceparent))
  response.writeHead(url.startsWith('/rollbar') ? 500 : url.startsWith('/api') ? 200 : 404).end('{}')
}

async function verifyAt(server: ProviderServer, more: Record<string, string> = {}) {
  const port = (url: string) => new URL(url).port
  const environment = {
    WORKSPACE_ENV_FILE: '/nonexistent/.env',
    PORT: port(server.url),
    PROFILES_URL: 'http://127.0.0.1:1',
    ...more,
  }
  const settings = readSettings(environment)
  return verify(settings, resolveProviders(settings, environment), {
    sandboxPage: 'http://sandbox.test',
    deadlinesMs: { local: 200, live: 200 },
  })
}

test('problems have a fixed order: the services, then Honeycomb, X-Ray and Rollbar', async () => {
  await using backend = await ProviderServer.start(api)
  await using sandbox = await ProviderServer.start(always(404, {}))
  const { ok, problems } = await verifyAt(backend, {
    SANDBOX_PORT: new URL(sandbox.url).port,
    AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:1',
  })
  expect(ok).toBe(false)
  expect(problems.map(({ code }) => code)).toEqual([
    'PROFILES_DOWN',
    'HONEYCOMB_MISSING',
    'XRAY_UNREADABLE',
    'ERROR_NOT_REPORTED',
  ])
})

test('a profiles service whose report on its telemetry has another form is up', async () => {
  await using backend = await ProviderServer.start(api)
  await using profiles = await ProviderServer.start(always(200, { status: 'ok' }))
  const { problems } = await verifyAt(backend, { PROFILES_URL: profiles.url, SANDBOX_PORT: '1' })
  expect(problems.map(({ code }) => code)).not.toContain('PROFILES_DOWN')
})

test('an api that does not answer is the only problem, and is found at once', async () => {
  await using backend = await ProviderServer.start(api)
  const begun = performance.now()
  const { problems, providers } = await verifyAt(backend, { PORT: '1', SANDBOX_PORT: '1' })
  expect(problems.map(({ code }) => code)).toEqual(['API_DOWN'])
  expect(Object.values(providers).map(({ state }) => state)).toEqual(['missing', 'missing', 'missing'])
  expect(performance.now() - begun).toBeLessThan(5_000)
})
