import { resolve } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import {
  CreateSamplingRuleCommand,
  DeleteSamplingRuleCommand,
  GetGroupsCommand,
  GetSamplingRulesCommand,
  GetTraceSegmentDestinationCommand,
  UpdateSamplingRuleCommand,
  UpdateTraceSegmentDestinationCommand,
  type XRayClient,
} from '@aws-sdk/client-xray'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { resolveProviders } from '../../settings/providers.ts'
import { readSettings } from '../../settings/read.ts'
import { ProviderServer, sts } from '../../tests/harness/provider-server.ts'
import { startProxy, type TestProxy } from '../../tests/harness/proxy.ts'
import { run as runProcess } from '../../tests/harness/run.ts'
import { type SandboxForTest, sandboxForTest, xrayClientOf } from '../../tests/harness/sandbox.ts'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import { createTerminal } from '../command-line/terminal.ts'
import { type RuleDefinition, readDefinitions } from './definitions.ts'
import { destroyAws, reconcileAws } from './reconcile.ts'
import { withResources } from './resources.ts'

const ALL = ['sampling rule Cruddur', 'sampling rule CruddurRollbar', 'group Cruddur']
const READING = /^\/(Groups|GetSamplingRules|GetTraceSegmentDestination)$/

let sandbox: SandboxForTest
let proxy: TestProxy
let xray: XRayClient
/** The operations of X-Ray that were called, and `sts`. */
let called: string[]
/** By path: answered in the sandbox's place, as often as there is an entry. */
let answers: Map<string, { readonly status: number; readonly body: string }[]>

beforeEach(async () => {
  sandbox = await sandboxForTest({ daemon: undefined })
  proxy = await startProxy(() => sandbox.url)
  xray = xrayClientOf(sandbox.url)
  called = []
  answers = new Map()
  proxy.fault = (_method, path) => {
    called.push(path)
    return answers.get(path)?.shift()
  }
  const rule = readDefinitions().rules[0] as RuleDefinition
  await xray.send(new CreateSamplingRuleCommand({ SamplingRule: { ...rule, RuleName: 'Another' } }))
})

afterEach(async () => {
  vi.unstubAllEnvs()
  xray.destroy()
  await proxy[Symbol.asyncDispose]()
  await sandbox[Symbol.asyncDispose]()
})

/** `type` is AWS's name of the error. */
function failWith(path: string, status: number, type: string, times = 9): void {
  const body = JSON.stringify({ __type: type, Message: 'the reason' })
  answers.set(path, Array(times).fill({ status, body }))
}

const changes = () => called.filter((path) => !READING.test(path))

async function rules() {
  const { SamplingRuleRecords = [] } = await xray.send(new GetSamplingRulesCommand({}))
  return new Map(SamplingRuleRecords.map(({ SamplingRule: rule }) => [rule?.RuleName, rule]))
}

async function groups() {
  const { Groups = [] } = await xray.send(new GetGroupsCommand({}))
  return new Map(Groups.map((group) => [group.GroupName, group.FilterExpression]))
}

const destination = async () => (await xray.send(new GetTraceSegmentDestinationCommand({}))).Destination

/** Runs `work` with the sandbox, behind the proxy, as X-Ray. Returns what it printed. */
async function run(
  environment: Record<string, string>,
  work: (...args: Parameters<typeof reconcileAws>) => Promise<void>,
  options = {},
): Promise<string> {
  const port = new URL(proxy.url).port
  const given = { SANDBOX_PORT: port, WORKSPACE_ENV_FILE: '/dev/null', ...environment }
  const settings = readSettings(given)
  const stream = new PassThrough()
  const terminal = createTerminal(stream as unknown as NodeJS.WriteStream)
  await work(settings, resolveProviders(settings, given), terminal, options)
  return text(stream.end())
}

const reconcile = (environment: Record<string, string> = {}, options = {}) =>
  run(environment, reconcileAws, options)

const destroy = (options: object, environment: Record<string, string> = {}) =>
  run(environment, destroyAws, options)

/** The resources that the output names with this outcome. */
const named = (output: string, outcome: 'created' | 'updated' | 'up to date' | 'deleted') =>
  [...output.matchAll(/^✓ (.*): (.*)$/gm)].filter((line) => line[2] === outcome).map((line) => line[1])

test('what is missing is created; a second run changes nothing', async () => {
  expect(named(await reconcile(), 'created')).toEqual(ALL)
  expect((await rules()).get('CruddurRollbar')).toMatchObject({
    URLPath: '/rollbar/*',
    FixedRate: 1,
    Priority: 8000,
  })
  expect((await groups()).get('Cruddur')).toBe('service("cruddur-backend") { fault OR error }')
  const before = changes().length
  expect(named(await reconcile(), 'up to date')).toEqual(ALL)
  expect(changes()).toHaveLength(before)
})

test('lists of several pages are read to the end', async () => {
  await reconcile()
  const page = (body: object) => ({ status: 200, body: JSON.stringify(body) })
  for (const [path, name] of [
    ['/GetSamplingRules', 'SamplingRuleRecords'],
    ['/Groups', 'Groups'],
  ] as const) {
    const all = (await (await sandbox.post(path, '{}')).json()) as Record<string, unknown[]>
    const records = all[name] ?? []
    const pages = records.map((record, index) =>
      page({ [name]: [record], ...(index < records.length - 1 && { NextToken: String(index + 1) }) }),
    )
    answers.set(path, pages)
  }
  expect(named(await reconcile(), 'up to date')).toEqual(ALL)
})

test('the OTLP pipeline switches the sandbox’s Transaction Search on, and destroy switches it off', async () => {
  const otlp = { XRAY_PIPELINE: 'otlp' }
  const label = 'Transaction Search, for XRAY_PIPELINE=otlp'
  expect(named(await reconcile(otlp), 'created')).toEqual([...ALL, label])
  expect(await destination()).toBe('CloudWatchLogs')
  expect(named(await reconcile(otlp), 'up to date')).toContain(label)
  expect(named(await destroy({ yes: true }, otlp), 'deleted')).toContain(label)
  expect(await destination()).toBe('XRay')
})

test('only what differs is changed, and shown field by field', async () => {
  await reconcile()
  const change = (update: object) =>
    xray.send(new UpdateSamplingRuleCommand({ SamplingRuleUpdate: { RuleName: 'Cruddur', ...update } }))
  await change({ FixedRate: 0.05 })
  called.length = 0
  const output = await reconcile()
  expect(named(output, 'updated')).toEqual(['sampling rule Cruddur'])
  expect(output).toContain('FixedRate: 0.05 → 0.1')
  expect(changes()).toEqual(['/UpdateSamplingRule'])
  // The update names the field that differed, and no other: a change made meanwhile stays.
  await change({ FixedRate: 0.05 })
  await run({}, (settings, providers, terminal) =>
    withResources(settings, providers, terminal, async ({ resources }) => {
      await change({ ReservoirSize: 7 })
      await resources[0]?.update()
    }),
  )
  expect((await rules()).get('Cruddur')).toMatchObject({ FixedRate: 0.1, ReservoirSize: 7 })
})

test('a renamed service is shown and put in everywhere', async () => {
  await reconcile()
  const output = await reconcile({ OTEL_SERVICE_NAME: 'my-api' })
  expect(output).toContain('ServiceName: "cruddur-backend*" → "my-api*"')
  expect((await groups()).get('Cruddur')).toBe('service("my-api") { fault OR error }')
})

test('two at once, of which each is second somewhere, both end well', async () => {
  const both = await Promise.all([reconcile(), reconcile()])
  expect(both.map((output) => output.includes('group Cruddur'))).toEqual([true, true])
  expect([...(await rules()).keys()].filter((name) => name?.startsWith('Cruddur')).toSorted()).toEqual([
    'Cruddur',
    'CruddurRollbar',
  ])
})

test('a dry run shows what it would do, and does nothing', async () => {
  expect(await reconcile({}, { dryRun: true })).toContain('sampling rule Cruddur: would be created')
  expect(changes()).toEqual([])
  await reconcile()
  const before = changes().length
  const later = await reconcile({ OTEL_SERVICE_NAME: 'my-api' }, { dryRun: true })
  expect(later).toContain('sampling rule Cruddur: would be updated')
  expect(changes()).toHaveLength(before)
})

test('exactly these are deleted, others stay, and missing ones are fine', async () => {
  await reconcile()
  await xray.send(new DeleteSamplingRuleCommand({ RuleName: 'CruddurRollbar' }))
  expect(named(await destroy({ yes: true }), 'deleted')).toEqual(['sampling rule Cruddur', 'group Cruddur'])
  expect([...(await rules()).keys()].toSorted()).toEqual(['Another', 'Default'])
  expect((await groups()).has('Cruddur')).toBe(false)
  expect(await destroy({ yes: true })).toContain('nothing to delete')
})

test('without a terminal nothing is deleted unless --yes agrees', async () => {
  await reconcile()
  await expect(destroy({})).rejects.toMatchObject({
    code: 'NOT_AGREED',
    fix: 'npm run aws -- --destroy --yes',
  })
  expect(await destroy({ dryRun: true })).toContain('group Cruddur: would be deleted')
  expect((await groups()).has('Cruddur')).toBe(true)
})

test('with X-Ray off nothing is called', async () => {
  expect(await reconcile({ XRAY_ENABLED: 'false' })).toContain('X-Ray is off')
  expect(called).toEqual([])
})

test.each([
  ['/CreateGroup', 403, 'AccessDeniedException', 'AWS_ACCESS_DENIED', 'xray:CreateGroup'],
  ['/GetSamplingRules', 403, 'ExpiredTokenException', 'AWS_TOKEN_EXPIRED', 'expired'],
  ['/Groups', 403, 'UnrecognizedClientException', 'AWS_CREDENTIALS_WRONG', 'does not know'],
  ['/CreateSamplingRule', 400, 'RuleLimitExceededException', 'AWS_RULE_LIMIT', '25'],
  ['/CreateGroup', 400, 'InvalidRequestException', 'AWS_REFUSED', 'AWS rejected xray:CreateGroup'],
  ['/Groups', 400, 'InvalidRequestException', 'AWS_REFUSED', 'the reason'],
  ['/CreateGroup', 503, 'ServiceUnavailable', 'AWS_UNAVAILABLE', 'xray:CreateGroup failed inside AWS (503)'],
])('%s answering %i %s is reported as %s: %s', async (path, status, type, code, words) => {
  failWith(path, status, type)
  await expect(reconcile()).rejects.toMatchObject({ code, message: expect.stringContaining(words) })
})

test('a throttled request is tried again', async () => {
  failWith('/Groups', 429, 'ThrottledException', 1)
  expect(named(await reconcile(), 'created')).toEqual(ALL)
})

test('without the sandbox the error says how to start it', async () => {
  const attempt = reconcile({ SANDBOX_PORT: '1' })
  await expect(attempt).rejects.toMatchObject({ code: 'SANDBOX_DOWN', fix: 'npm run setup' })
})

describe('live', () => {
  const LIVE = {
    AWS_ACCESS_KEY_ID: 'AKIACANARY',
    AWS_SECRET_ACCESS_KEY: 'canary-secret',
    AWS_REGION: 'eu-central-1',
  }
  let identity: ProviderServer

  async function startSts(error?: string): Promise<void> {
    identity = await ProviderServer.start((request, response) => {
      called.push(`sts ${request.headers.authorization}`)
      sts(error)(request, response)
    })
    vi.stubEnv('AWS_ENDPOINT_URL', proxy.url)
    vi.stubEnv('AWS_ENDPOINT_URL_STS', identity.url)
  }

  afterEach(() => identity[Symbol.asyncDispose]())

  /** `npm run aws`, in an environment that has nothing of this one. */
  const command = (...args: string[]) =>
    runProcess(process.execPath, [resolve(import.meta.dirname, '../commands/aws.ts'), ...args], {
      cwd: temporaryFolder(),
      env: {
        PATH: '/usr/bin:/bin',
        // It halves the time of a start, as in scripts/bootstrap.mjs.
        NODE_COMPILE_CACHE: resolve(import.meta.dirname, '../../node_modules/.cache/node-compile'),
        WORKSPACE_ENV_FILE: '/dev/null',
        AWS_ENDPOINT_URL: proxy.url,
        AWS_ENDPOINT_URL_STS: identity.url,
        ...LIVE,
      },
    })

  test('the command names account and region before it creates anything, and never deletes unasked', async () => {
    await startSts()
    const { stdout, stderr, code } = await command()
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(stdout.indexOf('AWS account 123456789012, region eu-central-1')).toBe(0)
    expect(called[0]).toMatch(/^sts .*Credential=AKIACANARY\/\d+\/eu-central-1\/sts\//)
    expect(changes().slice(1)).toEqual(['/CreateSamplingRule', '/CreateSamplingRule', '/CreateGroup'])
    expect(stdout).not.toContain('canary-secret')
    expect((await command('--destroy')).code).toBe(1)
    expect((await groups()).has('Cruddur')).toBe(true)
    expect(named(await destroy({ yes: true }, LIVE), 'deleted')).toEqual(ALL)
    expect((await groups()).has('Cruddur')).toBe(false)
  })

  test('expired credentials are named, and X-Ray is not called', async () => {
    await startSts('ExpiredToken')
    await expect(reconcile(LIVE)).rejects.toMatchObject({
      code: 'AWS_TOKEN_EXPIRED',
      message: expect.stringContaining('have expired'),
    })
    expect(called).toHaveLength(1)
  })

  test('Transaction Search belongs to the account: it is never switched, and the command stops where it is off', async () => {
    await startSts()
    const otlp = { ...LIVE, XRAY_PIPELINE: 'otlp' }
    await expect(reconcile(otlp)).rejects.toMatchObject({
      message: expect.stringContaining('Transaction Search is off'),
      fix: expect.stringContaining('XRAY_PIPELINE=sdk'),
    })
    expect(changes().slice(1)).toEqual([])
    await xray.send(new UpdateTraceSegmentDestinationCommand({ Destination: 'CloudWatchLogs' }))
    expect(named(await reconcile(otlp), 'created')).toEqual(ALL)
    expect(named(await destroy({ yes: true }, otlp), 'deleted')).toEqual(ALL)
    expect(await destination()).toBe('CloudWatchLogs')
  })

  test('a profile that does not exist has no credentials', async () => {
    await startSts()
    vi.stubEnv('HOME', temporaryFolder())
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY']) vi.stubEnv(name, undefined)
    await expect(reconcile({ AWS_PROFILE: 'nonesuch' })).rejects.toThrow('No AWS credentials could be loaded')
  })
})
