import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { CreateSamplingRuleCommand, UpdateSamplingRuleCommand } from '@aws-sdk/client-xray'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { TelemetryHealth } from '../../contracts/telemetry-health.ts'
import { newSpanId, newTraceId, toXRayTraceId } from '../../contracts/trace-id.ts'
import { resolveProviders } from '../../settings/providers.ts'
import { readSettings } from '../../settings/read.ts'
import { startMarked } from '../../tests/harness/clone.ts'
import { recordingTerminal } from '../../tests/harness/processes.ts'
import {
  always,
  honeycomb,
  honeycombAuth,
  ProviderServer,
  rollbar,
  sts,
} from '../../tests/harness/provider-server.ts'
import { sandboxForTest, xrayClientOf } from '../../tests/harness/sandbox.ts'
import { temporaryFolder } from '../../tests/harness/temporary-folder.ts'
import { silentTerminal } from '../command-line/terminal.ts'
import { operationOf } from '../containers/operation.ts'
import type { ProcessStatus } from '../processes/process-status.ts'
import { readStatus } from '../processes/status.ts'
import { checkAwsResources, judgeUncounted, matchesEverything } from './aws-resources.ts'
import { type CheckResult, type Context, good, problem } from './check.ts'
import { diagnose, reportOf } from './doctor.ts'
import { checkClock, checkKeys, judgeClock } from './live-providers.ts'
import { checkMachine, judgeDisk, judgeMemory } from './machine.ts'
import { checkProcesses } from './processes.ts'
import { checkSenders, judgeSenders } from './senders.ts'
import { checkSettings } from './settings.ts'
import { showReport } from './show.ts'
import { checkDaemon, checkTelemetry, judgeLog, judgeSegments } from './telemetry.ts'

let folder: string
let file: string
let bare: Record<string, string>
beforeEach(() => {
  folder = temporaryFolder()
  file = join(folder, '.env')
  bare = { WORKSPACE_ENV_FILE: file, WORKSPACE_STATE_DIR: join(folder, 'state'), HOME: folder }
})
afterEach(() => vi.unstubAllEnvs())

async function contextOf(environment: Record<string, string>): Promise<Context> {
  const all = { ...bare, ...environment }
  const settings = readSettings(all)
  const status = await readStatus(join(folder, 'state'), { environment: all })
  const operation = operationOf(undefined, { follow: false })
  return { environment: all, settings, providers: resolveProviders(settings, all), status, operation }
}

const whats = ({ findings }: CheckResult) => findings.map(({ severity, what }) => `${severity}: ${what}`)
const fixes = ({ findings }: CheckResult) => findings.map(({ fix }) => fix)

describe('the machine', () => {
  test('this machine passes, and the state folder need not exist yet', async () => {
    const { good } = await checkMachine(join(folder, 'not', 'yet'))
    expect(good).toContain(`Node ${process.versions.node}`)
    expect(existsSync(join(folder, 'not'))).toBe(false)
  })

  test.each([
    [judgeDisk(100), 'problem: Only 100 MB of disk are free.'],
    [judgeDisk(1_100), 'warning: Only 1 GB of disk are free.'],
    [judgeMemory(200), 'warning: Only 200 MB of memory are free.'],
  ])('with too little disk or memory, case %#', (result, what) => {
    expect(whats(result)).toEqual([what])
  })

  // Root may write everywhere.
  test.skipIf(process.getuid?.() === 0)('a state folder that cannot be written is named', async () => {
    chmodSync(folder, 0o500)
    expect(whats(await checkMachine(join(folder, 'state'))).join()).toContain('cannot be written')
    chmodSync(folder, 0o700)
  })
})

describe('the settings', () => {
  test('the fix makes a file private that others could read', async () => {
    writeFileSync(file, 'AWS_REGION=eu-west-1\n')
    chmodSync(file, 0o644)
    const result = await checkSettings(bare)
    expect(whats(result)).toEqual([`problem: ${file} can be read by others (mode 644).`])
    await result.findings[0]?.applyFix?.()
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  test.each([
    ['', {}, []],
    [
      'HONEYCOMB_APIKEY=x',
      {},
      ['warning: HONEYCOMB_APIKEY in .env is not a setting; did you mean HONEYCOMB_API_KEY?'],
    ],
    [
      'OTEL_TRACES_SAMPLER_RATIO=0.5',
      {},
      ['warning: OTEL_TRACES_SAMPLER_RATIO in .env is not a setting; did you mean OTEL_TRACES_SAMPLER_ARG?'],
    ],
    ['MY_OWN=1', {}, []],
    // SDKs and other programs read these.
    ...[
      'OTEL_EXPORTER_OTLP_PROTOCOL',
      'OTEL_EXPORTER_OTLP_TIMEOUT',
      'OTEL_TRACES_EXPORTER',
      'OTEL_RESOURCE_ATTRIBUTES',
      'AWS_PAGER',
      'AWS_SECURITY_TOKEN',
      'AWS_ROLE_ARN',
      'DATABASE_HOST',
      'GITHUB_TOKEN',
    ].map((name): [string, object, string[]] => [`${name}=1`, {}, []]),
    ['OTEL_TRACES_SAMPLER=parentbased_traceidratio\nOTEL_TRACES_SAMPLER_ARG=0.5', {}, []],
    [
      'OTEL_TRACES_SAMPLER_ARG=0.5',
      {},
      ['warning: OTEL_TRACES_SAMPLER_ARG has no effect with the sampler xray.'],
    ],
    [
      'OTEL_TRACES_SAMPLER_ARG=0.5',
      { XRAY_ENABLED: 'false' },
      ['warning: OTEL_TRACES_SAMPLER_ARG has no effect with the sampler parentbased_always_on.'],
    ],
    [
      'AWS_REGION=eu-west-1',
      { AWS_REGION: 'us-east-2' },
      ['warning: AWS_REGION: the environment has another value than .env, and wins.'],
    ],
    // What npm run sandbox prints for an app does not count for the workspace.
    [
      `ROLLBAR_ACCESS_TOKEN=${'0123456789abcdef'.repeat(2)}\nAWS_XRAY_DAEMON_ADDRESS=127.0.0.1:2100`,
      { ROLLBAR_ACCESS_TOKEN: 'sandbox', AWS_XRAY_DAEMON_ADDRESS: '127.0.0.1:2000' },
      [],
    ],
    [
      'ROLLBAR_ACCESS_TOKEN=<your-token>',
      {},
      ['problem: ROLLBAR_ACCESS_TOKEN (.env) is a placeholder, not a key.'],
    ],
    [
      `OTEL_EXPORTER_OTLP_HEADERS=x-honeycomb-team=\${HONEYCOMB_API_KEY}`,
      {},
      [
        'problem: OTEL_EXPORTER_OTLP_HEADERS (.env) names the variable HONEYCOMB_API_KEY in its value, which nothing fills in there: write the value itself.',
      ],
    ],
    [
      `HONEYCOMB_API_KEY="two pa$words"\nROLLBAR_ENVIRONMENT=class#7\nAWS_REGION='eu-west-1'`,
      {},
      ['warning: HONEYCOMB_API_KEY, ROLLBAR_ENVIRONMENT: other programs read other values from .env.'],
    ],
    [
      '',
      { AWS_ACCESS_KEY_ID: 'AKIAX' },
      ['warning: AWS_ACCESS_KEY_ID is set, and AWS_SECRET_ACCESS_KEY is not.'],
    ],
    [
      '',
      { AWS_ACCESS_KEY_ID: 'ASIAX', AWS_SECRET_ACCESS_KEY: 'x' },
      ['problem: AWS_ACCESS_KEY_ID is of temporary credentials (ASIA…), and AWS_SESSION_TOKEN is not set.'],
    ],
  ])('with %j in .env and %j in the environment: %j', async (content, environment, findings) => {
    if (content) writeFileSync(file, `${content}\n`, { mode: 0o600 })
    const result = await checkSettings({ ...bare, ...environment })
    expect(whats(result).map((what) => what.replaceAll(file, '.env'))).toEqual(findings)
  })

  test('an invalid one ends the checks', async () => {
    const result = await checkSettings({ ...bare, PORT: 'none' })
    expect(whats(result).join()).toMatch(/problem: PORT "none" \(environment\) is not a port/)
    const report = await diagnose(silentTerminal(), { ...bare, PORT: 'none' })
    expect(report.ok).toBe(false)
    expect(report.checks.map(({ title }) => title)).toEqual(['Machine', 'Settings'])
  })
})

test('contradicting settings and a state folder that is a file are each found once', async () => {
  const halves = await diagnose(silentTerminal(), { ...bare, HONEYCOMB_ENABLED: 'live' })
  expect([halves.ok, whats(halves.checks.at(-1) as CheckResult)]).toEqual([
    false,
    ['problem: HONEYCOMB_ENABLED is "live", but HONEYCOMB_API_KEY is not set.'],
  ])
  writeFileSync(join(folder, 'file'), '')
  const noFolder = await diagnose(silentTerminal(), { ...bare, WORKSPACE_STATE_DIR: join(folder, 'file') })
  const unusable = noFolder.checks
    .flatMap(({ findings }) => findings)
    .filter(({ code }) => code === 'STATE_DIR_UNUSABLE')
  expect(unusable).toMatchObject([
    { what: expect.stringContaining(`${join(folder, 'file')} is not a folder`), severity: 'problem' },
  ])
})

test.each([
  ['SETTINGS_CHANGED', 'problem'],
  ['CODE_CHANGED', 'warning'],
  ['PROCESS_UNWANTED', 'warning'],
])('the finding %s of npm run status is a %s that a start fixes', async (code, severity) => {
  const { status, ...rest } = await contextOf({ PORT: '1' })
  const changed = { ...status, findings: [{ code, what: 'w', fix: 'f', message: 'w' }] }
  const { findings } = await checkProcesses({ ...rest, status: changed }, silentTerminal())
  const finding = findings.find((one) => one.code === code)
  expect(finding).toMatchObject({ severity, applyFix: expect.any(Function) })
})

describe('the keys of live providers', () => {
  test('without a live provider none is asked', async () => {
    expect(await checkKeys(await contextOf({}))).toEqual({
      good: ['No provider is live: there is no key to ask about'],
      findings: [],
    })
  })

  test('each has a result, which never contains the key', async () => {
    await using team = await ProviderServer.start(honeycomb({ good: honeycombAuth() }))
    await using project = await ProviderServer.start(
      rollbar({ client: 'post_client_item', poster: 'post_server_item' }),
    )
    const environment = {
      HONEYCOMB_API_KEY: 'canary-honeycomb',
      HONEYCOMB_API_ENDPOINT: team.url,
      ROLLBAR_ACCESS_TOKEN: 'client',
      ROLLBAR_READ_TOKEN: 'poster',
      ROLLBAR_API_ENDPOINT: project.url,
    }
    const result = await checkKeys(await contextOf(environment))
    expect(whats(result)).toEqual([
      `problem: Honeycomb at ${new URL(team.url).host} does not know the key.`,
      'problem: ROLLBAR_ACCESS_TOKEN has only post_client_item, and a server needs post_server_item.',
      'problem: ROLLBAR_READ_TOKEN has only post_server_item, and reading needs read.',
    ])
    expect(JSON.stringify(result)).not.toContain('canary')
    expect(team.requests.every(({ key }) => key === 'canary-honeycomb')).toBe(true)
    expect(project.requests.map(({ key }) => key)).toEqual(['client', 'poster'])
  })

  const OWNER = 'AWS: account 123456789012, region eu-west-1, as arn:aws:iam::123456789012:user/andrew'
  // X-Ray's answer to an empty batch: the credentials may send segments.
  const MAY_SEND = { status: 400, type: 'InvalidRequestException' }
  test.each([
    ['ExpiredToken', MAY_SEND, 'problem: These AWS credentials were temporary and have expired.'],
    ['InvalidClientTokenId', MAY_SEND, 'problem: AWS does not know these credentials.'],
    [
      undefined,
      { status: 403, type: 'AccessDeniedException' },
      'problem: These AWS credentials may not do xray:PutTraceSegments.',
    ],
    [undefined, MAY_SEND, undefined],
  ])('STS answers %s and X-Ray %o', async (stsError, { status, type }, what) => {
    await using identity = await ProviderServer.start(sts(stsError))
    await using xray = await ProviderServer.start(always(status, { __type: type, Message: 'no' }))
    vi.stubEnv('AWS_ENDPOINT_URL', xray.url)
    vi.stubEnv('AWS_ENDPOINT_URL_STS', identity.url)
    const result = await checkKeys(
      await contextOf({
        AWS_ACCESS_KEY_ID: 'AKIACANARY',
        AWS_SECRET_ACCESS_KEY: 'canary',
        AWS_REGION: 'eu-west-1',
      }),
    )
    if (what) expect(whats(result)).toEqual([what])
    else expect(result.good).toEqual([OWNER])
    expect(JSON.stringify(result)).not.toMatch(/AKIACANARY|canary/)
  })
})

describe('the clock', () => {
  test('is compared with a live provider’s, without sending the key', async () => {
    const date = new Date(Date.now() - 600_000).toUTCString()
    await using server = await ProviderServer.start(always(200, {}, { date }))
    const live = await contextOf({ HONEYCOMB_API_KEY: 'x', HONEYCOMB_API_ENDPOINT: server.url })
    expect(whats(await checkClock(live))).toEqual([
      `warning: This machine's clock is 10 minutes ahead of ${new URL(server.url).host}.`,
    ])
    expect(server.requests.map(({ key }) => key)).toEqual([''])
  })

  test.each([
    [600_000, true, ["problem: This machine's clock is 10 minutes ahead of h."]],
    [600_000, false, ["warning: This machine's clock is 10 minutes ahead of h."]],
    [-20_000, true, ["warning: This machine's clock is 20 seconds behind h."]],
    [900, true, []],
  ])('%i ms ahead, with requests that are signed for AWS: %s', (aheadMs, isSigned, findings) => {
    expect(whats(judgeClock(aheadMs, 'h', isSigned))).toEqual(findings)
  })
})

// scripts/daemon/log.test.ts has the lines of the log and their meaning.
test('trouble in the daemon’s log is a problem until a batch is sent', () => {
  const failed = '2026-11-22T10:00:00Z [Error] Sending segment batch failed with: AccessDeniedException'
  const sent = '2026-11-22T10:00:00Z [Info] Successfully sent batch of 1 segments (0.102 seconds)'
  expect(whats(judgeLog([sent, failed]))).toEqual([
    'problem: The daemon’s credentials may not send segments.',
  ])
  expect(judgeLog([failed, sent])).toEqual({
    good: ['The daemon has had no trouble since it last sent something'],
    findings: [],
  })
})

test.runIf(process.platform === 'linux')(
  'the clone whose process has the daemon’s port is named',
  async () => {
    const { port, pid } = await startMarked('/home/ada/tracing/.workspace', { name: 'daemon' })
    const { status, ...rest } = await contextOf({
      AWS_ACCESS_KEY_ID: 'AKIAX',
      AWS_SECRET_ACCESS_KEY: 'x',
      AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${port}`,
    })
    const processes = status.processes.map((one) =>
      one.name === 'daemon' ? { ...one, state: 'ready' as const, pid: 7 } : one,
    )
    expect(whats(await checkDaemon({ ...rest, status: { ...status, processes } }))).toEqual([
      `problem: The daemon's port is held by node (pid ${pid}) of the workspace in /home/ada/tracing.`,
    ])
  },
)

describe('the telemetry of the backend', () => {
  const off = { enabled: false } as const
  const counts = {
    enabled: true,
    accepted: 7,
    refused: 3,
    dropped: 0,
    unconfirmed: 0,
    failing: false,
    pending: 0,
    lastError: { at: '2026-11-26T12:31:05Z', message: 'Honeycomb answered 503.' },
    recentTraceIds: [],
  } as const
  const healthy: TelemetryHealth = {
    service: 'cruddur-backend',
    sampler: { name: 'xray', fallback: false },
    providers: {
      honeycomb: { ...counts, refused: 0, lastError: undefined },
      xray: { ...counts, accepted: 0, unconfirmed: 9, refused: 0, lastError: undefined },
      rollbar: off,
    },
    logs: off,
    metrics: off,
  }

  const DOWN = { at: '2026-11-26T12:31:05Z', message: 'http://127.0.0.1:4318 cannot be reached.' }

  async function judged(
    telemetry: TelemetryHealth | null,
    {
      sandbox = { state: 'ready', pid: 1 } as Pick<ProcessStatus, 'state' | 'pid'>,
      profiles = undefined as TelemetryHealth | undefined,
    } = {},
  ) {
    const { status, ...rest } = await contextOf({})
    const processes = status.processes.map((one) => {
      if (one.name === 'sandbox') return { ...one, ...sandbox }
      if (one.name === 'profiles' && profiles) return { ...one, state: 'ready' as const, telemetry: profiles }
      return one.name === 'api' ? { ...one, state: 'ready' as const, telemetry } : one
    })
    return checkTelemetry({ ...rest, status: { ...status, processes } })
  }

  test('what is unconfirmed is not called accepted', async () => {
    expect(await judged(healthy)).toEqual({
      good: ['Accepted from api: Honeycomb spans 7, X-Ray segments 0 (9 unconfirmed)'],
      findings: [],
    })
  })

  test('a delivery that fails is a problem, one for each error', async () => {
    const failing = { ...counts, failing: true, pending: 2 }
    const other = { ...failing, lastError: { ...DOWN, message: 'a 401' } }
    const telemetry = { ...healthy, logs: failing, metrics: failing }
    const during = await judged(telemetry, {
      profiles: { ...telemetry, providers: { ...healthy.providers, rollbar: other } },
    })
    expect(whats(during)).toEqual([
      expect.stringMatching(
        /^problem: profiles, Honeycomb logs, Honeycomb metrics; api, Honeycomb logs, Honeycomb metrics: delivery fails \(12 refused, 8 pending\)\. The last error was .+12:31:05 UTC: Honeycomb answered 503\.$/,
      ),
      expect.stringMatching(/^problem: profiles, Rollbar errors: delivery fails .+: a 401\.$/),
    ])
    expect(fixes(during)).toEqual([
      'npm run logs -- --no-follow profiles api; npm run verify proves that it is fixed',
      'npm run logs -- --no-follow profiles; npm run verify proves that it is fixed',
    ])
  })

  test('while the sandbox does not run, or does not answer, that is what to fix', async () => {
    const telemetry = { ...healthy, logs: { ...counts, failing: true, lastError: DOWN } }
    const down = await judged(telemetry, { sandbox: { state: 'crashed', pid: null } })
    expect(fixes(down)).toEqual(['npm run setup starts the sandbox, which does not run'])
    const hung = await judged(telemetry, { sandbox: { state: 'no answer', pid: 1 } })
    expect(fixes(hung)).toEqual(['First fix the sandbox, which does not answer (see above)'])
  })

  test('once all is delivered again, one note for each process has the losses', async () => {
    const cut = { ...counts, refused: 0, unconfirmed: 12 }
    const after = await judged({ ...healthy, logs: counts, metrics: cut })
    expect(whats(after)).toEqual([
      expect.stringMatching(
        /^note: api, not failing now: Honeycomb logs \(3 refused\), Honeycomb metrics \(12 unconfirmed\)\. The last error was .+12:31:05 UTC: /,
      ),
    ])
    const printed: string[] = []
    const report = { checks: [{ title: 'Telemetry', ...after, good: [] }], ok: true }
    showReport(report, recordingTerminal(printed))
    expect(printed.filter((line) => line.includes('not failing now'))).toEqual([
      expect.stringContaining('→ Nothing has to be done.'),
    ])
    expect(printed.some((line) => line.trim().startsWith('→'))).toBe(false)
  })

  test.each([
    [{ refused: 3 }, 'The refused and dropped records are in no provider.'],
    [{ refused: 0 }, 'Nothing was lost.'],
    [{ refused: 0, unconfirmed: 12 }, 'What is unconfirmed may not have arrived.'],
    [
      { refused: 3, unconfirmed: 12 },
      'The refused and dropped records are in no provider. What is unconfirmed may not have arrived.',
    ],
  ])('what the losses %o mean', async (losses, why) => {
    const { findings } = await judged({ ...healthy, logs: { ...counts, ...losses } })
    expect(findings.map((one) => one.why)).toEqual([why])
  })

  test('segments that went by UDP are unconfirmed, which is no loss', async () => {
    const xray = { ...counts, accepted: 0, refused: 0, unconfirmed: 9 }
    const { findings } = await judged({ ...healthy, providers: { ...healthy.providers, xray } })
    expect(findings).toMatchObject([
      { what: expect.stringMatching(/^api, not failing now: X-Ray segments\. /), why: 'Nothing was lost.' },
    ])
  })

  test('an api whose requests no rule has counted samples by other rules, or has had none of its own yet', () => {
    const operation = operationOf(undefined, { follow: false })
    const judge = (sampler: TelemetryHealth['sampler'], uptimeSeconds = 61) =>
      judgeUncounted({ telemetry: { ...healthy, sampler }, uptimeSeconds }, 4600, false, operation)
    const rules = judge({ name: 'xray', fallback: false })
    expect(whats(rules)).toEqual(['note: No request of your own has been counted yet.'])
    expect(fixes(rules)).toEqual(['curl http://localhost:4600/api/activities/home'])
    expect(whats(judge({ name: 'parentbased_always_on', fallback: false }))).toEqual([
      'warning: The sampling rules have counted no request: the sampler of the api is parentbased_always_on.',
    ])
    expect(whats(judge({ name: 'xray', fallback: false, failure: 'a 403' }))).toEqual([
      'warning: The sampling rules have counted no request, and the api cannot read them: a 403.',
    ])
    expect(judge({ name: 'xray', fallback: true }).findings).toHaveLength(1)
    expect(judge({ name: 'parentbased_always_on', fallback: false }, 59).findings).toEqual([])
  })

  test('a sampler without rules is a problem, and a process of another version is unknown', async () => {
    const fallback = await judged({ ...healthy, sampler: { name: 'xray', fallback: true } })
    expect(whats(fallback)).toEqual([
      'problem: api: sampler xray: no rules from X-Ray, falls back to 1/s and 5 %.',
    ])
    expect(whats(await judged(null))).toEqual(["warning: What became of api's telemetry is unknown."])
  })

  test('missing segments are a problem where the latest are missing too, else a warning', () => {
    const sent = { process: 'api', traces: 40, missing: [], isCounted: false, isLosing: false }
    const daemon = { host: '127.0.0.1', port: 2000 }
    expect(judgeSegments(sent, daemon).good).toEqual([
      'The sandbox has the last 40 traces that api sent by UDP',
    ])
    const missing = ['a', 'b']
    expect(whats(judgeSegments({ ...sent, missing }, daemon))).toEqual([
      'warning: The sandbox lacks 2 of the last 40 traces that api sent by UDP; the latest is b.',
    ])
    expect(judgeSegments({ ...sent, missing, isCounted: true, isLosing: true }, daemon).findings).toEqual([])
    expect(judgeSegments({ ...sent, missing, isLosing: true }, daemon).findings).toMatchObject([
      { severity: 'problem', why: 'api sends them by UDP to 127.0.0.1:2000, where at present none arrives.' },
    ])
  })
})

test('what apps got as HTTP errors lately is a warning with the reasons', async () => {
  const now = Date.now()
  const rejected = (message: string, path = '/v1/traces', lastMs = now) =>
    ({ provider: 'honeycomb', path, status: 401, message, count: 1, lastMs }) as const
  const reads = [
    rejected('an old one', '/v1/logs', now - 16 * 60_000),
    rejected('a filter', '/TraceSummaries'),
  ]
  expect(judgeSenders(reads, 'http://127.0.0.1:1', now)).toEqual({ good: [], findings: [] })
  const { findings } = judgeSenders(
    [rejected('a.'), rejected('b\u001b[31m'), rejected('c'), rejected('d')],
    '',
    now,
  )
  expect(findings.map(({ what }) => what)).toEqual([
    'Apps got HTTP errors from the sandbox in the last 15 minutes: Honeycomb 401 at /v1/traces (a); Honeycomb 401 at /v1/traces (b [31m); Honeycomb 401 at /v1/traces (c); and 1 more.',
  ])

  await using sandbox = await sandboxForTest({ daemon: undefined })
  await sandbox.post('/v1/traces', '{}')
  const { status, ...rest } = await contextOf({ SANDBOX_PORT: String(sandbox.port) })
  const processes = status.processes.map((one) =>
    one.name === 'sandbox' ? { ...one, state: 'ready' as const } : one,
  )
  expect(whats(await checkSenders({ ...rest, status: { ...status, processes } }))).toEqual([
    expect.stringMatching(
      /^warning: Apps got HTTP errors .+: Honeycomb 415 at \/v1\/traces \(unsupported content-type/,
    ),
  ])
})

describe('the group and the sampling rules', () => {
  const any = {
    ...{ ServiceName: '*', ServiceType: '*', ResourceARN: '*' },
    ...{ Host: '*', HTTPMethod: '*', URLPath: '*' },
  }

  test('missing, changed, and shadowed by another rule', async () => {
    await using sandbox = await sandboxForTest({ daemon: undefined })
    const xray = xrayClientOf(sandbox.url)
    const local = await contextOf({ SANDBOX_PORT: String(sandbox.port) })
    const missing = await checkAwsResources(local, silentTerminal())
    expect(whats(missing)).toEqual([
      'problem: There is no sampling rule Cruddur.',
      'problem: There is no sampling rule CruddurRollbar.',
      'problem: There is no group Cruddur.',
      expect.stringContaining('note: The group Cruddur'),
    ])
    await missing.findings[0]?.applyFix?.()
    const other = { RuleName: 'Other', Priority: 1, FixedRate: 0.01, ReservoirSize: 0, Version: 1 }
    await xray.send(new CreateSamplingRuleCommand({ SamplingRule: { ...other, ...any } }))
    const changed = { RuleName: 'Cruddur', FixedRate: 0.5 }
    await xray.send(new UpdateSamplingRuleCommand({ SamplingRuleUpdate: changed }))
    xray.destroy()
    const later = await checkAwsResources(local, silentTerminal())
    expect(whats(later).slice(0, 2)).toEqual([
      'problem: The sampling rule Cruddur differs from aws/json/: FixedRate: 0.5 → 0.1.',
      "warning: The sampling rule Other (priority 1, 0/s and 1 %) comes before the workspace's, and matches every request.",
    ])
    expect(fixes(later)[0]).toBe('npm run aws shows the difference and fixes it')
  })

  test('the group finds nothing while Transaction Search indexes 1 %: doctor says so, and indexes all', async () => {
    await using sandbox = await sandboxForTest({ daemon: undefined })
    const local = await contextOf({ SANDBOX_PORT: String(sandbox.port) })
    const check = async () => {
      const { findings, good: lines } = await checkAwsResources(local, silentTerminal())
      return { lines, finding: findings.find(({ code }) => /^(GROUP_EMPTY|TRACES_NOT_INDEXED)$/.test(code)) }
    }
    await sandbox.post('/UpdateTraceSegmentDestination', '{"Destination":"CloudWatchLogs"}')
    // Its last eight digits decide: this one is beyond 1 %.
    const traceId = `${newTraceId().slice(0, 24)}ffffffff`
    const now = Date.now() / 1000
    const segment = {
      name: 'cruddur-backend',
      id: newSpanId(),
      trace_id: toXRayTraceId(traceId),
      fault: true,
    }
    const document = JSON.stringify({ ...segment, start_time: now - 1, end_time: now })
    await sandbox.post('/TraceSegments', JSON.stringify({ TraceSegmentDocuments: [document] }))
    const { finding } = await check()
    expect(finding).toMatchObject({
      severity: 'warning',
      what: expect.stringContaining('lists only the 1 % of the traces that are indexed'),
      fix: expect.stringContaining(
        `curl ${sandbox.url}/UpdateTraceSegmentDestination -d '{"Destination":"XRay"}'`,
      ),
    })
    await finding?.applyFix?.()
    const after = await check()
    expect(after.finding).toBeUndefined()
    expect(after.lines).toContain('The group Cruddur finds 1 trace of the last hour')
  })

  test('a rule matches every request where its service name matches as in X-Ray, and no other field narrows it', () => {
    const services = ['cruddur-backend', 'cruddur-backend-profiles']
    expect(matchesEverything(any, services)).toBe(true)
    expect(matchesEverything({ ...any, ServiceName: 'CRUDDUR-?ackend' }, services)).toBe(true)
    expect(matchesEverything({ ...any, ServiceName: 'cruddur.backend' }, services)).toBe(false)
    expect(matchesEverything({ ...any, URLPath: '/health' }, services)).toBe(false)
    expect(matchesEverything({ ...any, Attributes: { team: 'a' } }, services)).toBe(false)
  })
})

test('the checks change nothing', async () => {
  mkdirSync(join(folder, 'state'))
  writeFileSync(file, 'AWS_REGION=eu-west-1\n', { mode: 0o600 })
  await diagnose(silentTerminal(), { ...bare, SANDBOX_PORT: '1' })
  expect(readFileSync(file, 'utf8')).toBe('AWS_REGION=eu-west-1\n')
})

test('a closed state folder is told once, with the command that opens it', () => {
  const unusable = (fix: string) => ({ code: 'STATE_DIR_UNUSABLE', what: 'closed', why: 'y', fix })
  const found = (title: string, fix: string) => ({ title, ...problem(unusable(fix)) })
  const { checks, ok } = reportOf([
    found('Machine', 'elsewhere'),
    { title: 'Keys', ...good() },
    found('Processes', 'chmod'),
  ])
  expect(checks.flatMap(({ findings }) => findings.map(({ fix }) => fix))).toEqual(['chmod'])
  expect(ok).toBe(false)
})
