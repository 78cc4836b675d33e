import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { resolveProviders } from '../../settings/providers.ts'
import { readSettings } from '../../settings/read.ts'
import { recordingTerminal } from '../../tests/harness/processes.ts'
import { always, ProviderServer } from '../../tests/harness/provider-server.ts'
import type { Containers } from '../containers/answering.ts'
import { describeOutcome, showVerification, verify } from './verify.ts'

/** An api that continues traces, fails where it should, and reports no error to Rollbar. */
const api: RequestListener = ({ url = '', headers }, response) => {
  response.setHeader('traceresponse', String(headers.traceparent))
  response.writeHead(url.startsWith('/rollbar') ? 500 : url.startsWith('/api') ? 200 : 404).end('{}')
}

async function verifyAt(
  server: ProviderServer,
  more: Record<string, string> = {},
  deadlinesMs = { local: 200, live: 200 },
  containers?: Containers,
) {
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
    deadlinesMs,
    containers,
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
  const verification = await verifyAt(backend, { PORT: '1', SANDBOX_PORT: '1' })
  const { problems, providers } = verification
  expect(problems.map(({ code }) => code)).toEqual(['API_DOWN'])
  const lines: string[] = []
  showVerification(verification, recordingTerminal(lines))
  expect(lines.join('\n')).toMatch(/^✗ The api does not answer at \S+\. → .*$/)
  expect(Object.values(providers).map(({ state }) => state)).toEqual(['missing', 'missing', 'missing'])
  expect(performance.now() - begun).toBeLessThan(5_000)
})

test('an api that cannot reach its database says so, and the providers are not blamed', async () => {
  await using backend = await ProviderServer.start((request, response) => {
    if (request.url === '/health/ready') return response.writeHead(503).end('{"missing":["database"]}')
    if (!request.url?.startsWith('/api')) return api(request, response)
    response.setHeader('traceresponse', String(request.headers.traceparent)).writeHead(503).end('{}')
  })
  await using profiles = await ProviderServer.start(always(200, { status: 'ok' }))
  const off = { HONEYCOMB_ENABLED: 'false', XRAY_ENABLED: 'false', ROLLBAR_ENABLED: 'false' }
  const verification = await verifyAt(backend, { PROFILES_URL: profiles.url, ...off })
  expect(verification.problems).toMatchObject([
    {
      code: 'UNEXPECTED_STATUS',
      what: 'GET /api/activities/home answered 503, not 200: the api cannot reach database.',
      fix: 'npm run doctor says why',
    },
  ])
  expect(describeOutcome(verification)).toEqual({
    ok: false,
    text: 'Every provider has what it should have, but not everything works.',
  })
})

test('a sandbox that does not answer is the only problem, and is found at once', async () => {
  await using backend = await ProviderServer.start(api)
  await using profiles = await ProviderServer.start(always(200, { status: 'ok' }))
  const begun = performance.now()
  const verification = await verifyAt(
    backend,
    { PROFILES_URL: profiles.url, SANDBOX_PORT: '1', AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:1' },
    { local: 30_000, live: 30_000 },
  )
  expect(performance.now() - begun).toBeLessThan(5_000)
  expect(verification.problems.map(({ code }) => code)).toEqual(['SANDBOX_DOWN'])
  expect(Object.values(verification.providers).map(({ mode, state }) => `${mode} ${state}`)).toEqual(
    Array(3).fill('local missing'),
  )
  const lines: string[] = []
  showVerification(verification, recordingTerminal(lines))
  expect(lines.filter((line) => line.includes('✗'))).toEqual([
    expect.stringMatching(/^✗ The sandbox does not answer at http:\S+:1\. → npm run setup starts it/),
  ])
  expect(lines.join('\n')).not.toContain('missing')
})

test('without a sandbox the live providers are still asked', async () => {
  await using backend = await ProviderServer.start(api)
  await using rollbar = await ProviderServer.start(always(200, {}))
  const { problems, providers } = await verifyAt(backend, {
    ...{ SANDBOX_PORT: '1', AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:1', ROLLBAR_API_ENDPOINT: rollbar.url },
    ROLLBAR_ACCESS_TOKEN: 'not-a-token-0123456789abcdef0123',
  })
  expect(problems.map(({ code }) => code)).toEqual(['PROFILES_DOWN', 'SANDBOX_DOWN', 'ERROR_NOT_REPORTED'])
  expect(providers.rollbar.mode).toBe('live')
})

test('with a live X-Ray and missing segments, the daemon that is down or its last error is the problem', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'verify-'))
  await using backend = await ProviderServer.start(api)
  await using aws = await ProviderServer.start(always(200, { Traces: [], Destination: 'XRay' }))
  vi.stubEnv('AWS_ENDPOINT_URL', aws.url)
  const xrayProblem = async (daemon: string) => (await xrayDiagnosis(daemon))?.code
  const xrayDiagnosis = async (daemon: string) => {
    const { problems } = await verifyAt(backend, {
      SANDBOX_PORT: '1',
      AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'not-a-key',
      AWS_XRAY_DAEMON_ADDRESS: daemon,
      WORKSPACE_STATE_DIR: folder,
      HONEYCOMB_ENABLED: 'false',
      ROLLBAR_ENABLED: 'false',
    })
    return problems.find(({ code }) => /DAEMON|AWS|XRAY/.test(code))
  }
  try {
    mkdirSync(join(folder, 'logs'))
    const log = (at: number, text: string) =>
      writeFileSync(join(folder, 'logs', 'daemon.log'), `${new Date(at).toISOString()} ${text}\n`)
    log(0, '[Error] Sending segment batch failed with: x')
    expect(await xrayProblem('127.0.0.1:1')).toBe('DAEMON_DOWN')
    const { host } = new URL(aws.url)
    expect(await xrayProblem(host)).toBe('DAEMON_FAILED')
    log(Date.now() + 60_000, '[Info] Successfully sent batch of 2 segments (0.1 seconds)')
    expect((await xrayDiagnosis(host))?.what).toContain('AWS has accepted a batch from the daemon since')
    log(0, '[Info] Successfully sent batch of 2 segments (0.1 seconds)')
    expect((await xrayDiagnosis(host))?.what).toContain('the daemon has sent no batch to AWS since')
  } finally {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true, force: true })
  }
})

test('beside containers, what is down is started and read by Docker Compose; the log of an own daemon says nothing', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'verify-'))
  await using backend = await ProviderServer.start(api)
  await using aws = await ProviderServer.start(always(200, { Traces: [], Destination: 'XRay' }))
  vi.stubEnv('AWS_ENDPOINT_URL', aws.url)
  vi.stubEnv('COMPOSE_PROJECT_NAME', 'tracing')
  const container = { id: '3f2a9c0d1e4b', project: 'tracing', service: 'live-api' }
  const containers: Containers = {
    answering: [{ name: 'api', url: backend.url, pid: 7, container }],
    isCompose: true,
    profile: 'live',
    project: 'tracing',
  }
  const verifyBeside = (daemon: string) =>
    verifyAt(
      backend,
      {
        ...{ SANDBOX_PORT: '1', HONEYCOMB_ENABLED: 'false', ROLLBAR_ENABLED: 'false' },
        ...{ AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', AWS_SECRET_ACCESS_KEY: 'not-a-key' },
        ...{ XRAY_ENABLED: 'live', AWS_XRAY_DAEMON_ADDRESS: daemon, WORKSPACE_STATE_DIR: folder },
      },
      { local: 200, live: 200 },
      containers,
    )
  try {
    mkdirSync(join(folder, 'logs'))
    const late = new Date(Date.now() + 60_000).toISOString()
    writeFileSync(
      join(folder, 'logs', 'daemon.log'),
      `${late} [Error] Sending segment batch failed with: x\n`,
    )
    const { problems } = await verifyBeside('127.0.0.1:1')
    expect(problems).toMatchObject([
      {
        code: 'PROFILES_DOWN',
        fix: 'docker compose --profile live up --detach --wait starts it; docker compose --profile live logs live-profiles shows its log.',
      },
      {
        code: 'DAEMON_DOWN',
        fix: 'docker compose --profile live up --detach --wait starts it; docker compose --profile live logs xray-daemon shows its log.',
      },
    ])
    const daemon = new URL(aws.url).host
    expect((await verifyBeside(daemon)).problems[1]).toMatchObject({
      code: 'XRAY_MISSING',
      fix: 'docker compose --profile live logs xray-daemon says what the daemon got.',
    })
  } finally {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true })
  }
})
