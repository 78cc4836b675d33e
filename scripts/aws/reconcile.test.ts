import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { UserError } from '../../contracts/user-error.ts'
import { resolveProviders } from '../../settings/providers.ts'
import { readSettings } from '../../settings/read.ts'
import { XRayServer } from '../../tests/harness/xray-server.ts'
import { createTerminal } from '../command-line/terminal.ts'
import { type DestroyOptions, destroyAws, type ReconcileOptions, reconcileAws } from './reconcile.ts'

const ALL = ['sampling rule Cruddur', 'sampling rule CruddurRollbar', 'group Cruddur']

let server: XRayServer

beforeEach(async () => {
  server = new XRayServer()
  await server.start()
})

afterEach(() => {
  server.stop()
})

/** The command's way, with the sandbox's mode leading to the server of this test. */
async function run<T>(
  environment: Record<string, string>,
  work: (...args: Parameters<typeof reconcileAws>) => Promise<T>,
  options = {},
): Promise<{ result: T; said: string }> {
  const given = { SANDBOX_PORT: String(server.port), WORKSPACE_ENV_FILE: '/dev/null', ...environment }
  const settings = readSettings(given)
  const stream = new PassThrough()
  const terminal = createTerminal(stream as unknown as NodeJS.WriteStream)
  const result = await work(settings, resolveProviders(settings, given), terminal, options)
  stream.end()
  return { result, said: await text(stream) }
}

const reconcile = (environment: Record<string, string> = {}, options: ReconcileOptions = {}) =>
  run(environment, reconcileAws, options)

const destroy = (options: DestroyOptions, environment: Record<string, string> = {}) =>
  run(environment, destroyAws, options)

async function refusal(attempt: Promise<unknown>): Promise<UserError> {
  const error = await attempt.then(
    () => new Error('nothing was refused'),
    (reason: unknown) => reason,
  )
  if (error instanceof UserError) return error
  throw error
}

test('what is missing is created; a second run changes nothing', async () => {
  const first = await reconcile()
  expect(first.result).toEqual({ created: ALL, updated: [], unchanged: [] })
  expect(server.rules.get('CruddurRollbar')).toMatchObject({
    URLPath: '/rollbar/*',
    FixedRate: 1,
    Priority: 8000,
  })
  expect(server.groups.get('Cruddur')).toEqual({
    GroupName: 'Cruddur',
    FilterExpression: 'service("cruddur-backend") { fault OR error }',
  })
  const changes = server.changes.length
  const second = await reconcile()
  expect(second.result).toEqual({ created: [], updated: [], unchanged: ALL })
  expect(second.said).toContain('group Cruddur: up to date')
  expect(server.changes).toHaveLength(changes)
})

test('the OTLP pipeline has the sandbox’s Transaction Search switched on, and off again with the rest', async () => {
  const otlp = { XRAY_PIPELINE: 'otlp' }
  const label = 'Transaction Search, for XRAY_PIPELINE=otlp'
  expect((await reconcile(otlp)).result.created).toEqual([...ALL, label])
  expect(server.destination).toBe('CloudWatchLogs')
  expect((await reconcile(otlp)).result.unchanged).toContain(label)
  expect((await destroy({ yes: true }, otlp)).result).toContain(label)
  expect(server.destination).toBe('XRay')
})

test('only what differs is changed, and shown field by field', async () => {
  await reconcile()
  server.rules.set('Cruddur', { ...server.rules.get('Cruddur'), FixedRate: 0.05 })
  server.requests.length = 0
  const { result, said } = await reconcile()
  expect(result.updated).toEqual(['sampling rule Cruddur'])
  expect(said).toContain('FixedRate: 0.05 → 0.1')
  expect(server.requests.find(({ path }) => path === '/UpdateSamplingRule')?.body).toEqual({
    SamplingRuleUpdate: { RuleName: 'Cruddur', FixedRate: 0.1 },
  })
  expect(server.changes).toEqual(['/UpdateSamplingRule'])
})

test('a renamed service is shown and put in everywhere', async () => {
  await reconcile()
  const { said } = await reconcile({ OTEL_SERVICE_NAME: 'my-api' })
  expect(said).toContain('ServiceName: "cruddur-backend*" → "my-api*"')
  expect(server.groups.get('Cruddur')?.FilterExpression).toBe('service("my-api") { fault OR error }')
})

test('two at once, of whom each is second somewhere: both end well', async () => {
  const both = await Promise.all([reconcile(), reconcile()])
  expect(both.map(({ said }) => said.includes('group Cruddur'))).toEqual([true, true])
  expect([...server.rules.keys()].filter((name) => name.startsWith('Cruddur'))).toEqual([
    'Cruddur',
    'CruddurRollbar',
  ])
})

test('trouble of AWS’s own is called so', async () => {
  server.failures.set('/CreateGroup', { status: 503, type: 'ServiceUnavailable', message: 'busy', times: 9 })
  await expect(reconcile()).rejects.toMatchObject({ code: 'AWS_UNAVAILABLE' })
})

test('a dry run says what it would do, and does nothing', async () => {
  const { said } = await reconcile({}, { dryRun: true })
  expect(said).toContain('sampling rule Cruddur: would be created')
  await reconcile()
  const changes = server.changes.length
  const { said: later } = await reconcile({ OTEL_SERVICE_NAME: 'my-api' }, { dryRun: true })
  expect(later).toContain('sampling rule Cruddur: would be updated')
  expect(server.changes).toHaveLength(changes)
})

test('exactly these are deleted, others stay, and missing ones are fine', async () => {
  await reconcile()
  server.rules.delete('CruddurRollbar')
  expect((await destroy({ yes: true })).result).toEqual(['sampling rule Cruddur', 'group Cruddur'])
  expect([...server.rules.keys()]).toEqual(['Default', 'SomebodyElses'])
  expect([...server.groups.keys()]).toEqual(['Default'])
  expect((await destroy({ yes: true })).said).toContain('nothing to delete')
})

test('without a terminal nothing is deleted unless --yes agrees', async () => {
  await reconcile()
  const { code, fix } = await refusal(destroy({}))
  expect(code).toBe('NOT_AGREED')
  expect(fix).toBe('npm run aws -- --destroy --yes')
  expect((await destroy({ dryRun: true })).said).toContain('group Cruddur: would be deleted')
  expect(server.groups.has('Cruddur')).toBe(true)
})

test('with X-Ray off nothing is asked', async () => {
  const { said } = await reconcile({ XRAY_ENABLED: 'false' })
  expect(said).toContain('X-Ray is off')
  expect(server.requests).toEqual([])
})

test.each([
  ['/CreateGroup', 403, 'AccessDeniedException', 'AWS_ACCESS_DENIED', 'xray:CreateGroup'],
  ['/GetSamplingRules', 403, 'ExpiredTokenException', 'AWS_TOKEN_EXPIRED', 'expired'],
  ['/Groups', 403, 'UnrecognizedClientException', 'AWS_CREDENTIALS_WRONG', 'does not know'],
  ['/CreateSamplingRule', 400, 'RuleLimitExceededException', 'AWS_RULE_LIMIT', '25'],
  ['/CreateGroup', 400, 'InvalidRequestException', 'AWS_REFUSED', 'the reason'],
])('%s answering %i %s is told as %s', async (path, status, type, code, said) => {
  server.failures.set(path, { status, type, message: 'the reason' })
  const error = await refusal(reconcile())
  expect(error.code).toBe(code)
  expect(error.message).toContain(said)
})

test('a throttled request is tried again', async () => {
  server.failures.set('/Groups', { status: 429, type: 'ThrottledException', message: 'slow down', times: 1 })
  expect((await reconcile()).result.created).toEqual(ALL)
})

test('without the sandbox the way to start it is said', async () => {
  const { code, fix } = await refusal(reconcile({ SANDBOX_PORT: '1' }))
  expect(code).toBe('SANDBOX_DOWN')
  expect(fix).toBe('npm run setup')
})
