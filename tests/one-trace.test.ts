import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Verification } from '../scripts/verification/verify.ts'
import { isFree } from './harness/ports.ts'
import { run } from './harness/run.ts'
import { scaled } from './harness/scale.ts'
import type { StoredSegment, StoredTrace } from './harness/stored-trace.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

const VERIFICATIONS = scaled(2, 20)

/** The real AWS CLI, as the bootcamp used it. */
const aws = findAws()

let workspace: TestWorkspace

beforeAll(async () => {
  workspace = await createWorkspace({}, { database: 'from nothing' })
})

afterAll(() => workspace.dispose())

/** The main job, in its order: each test goes on where the one before it ended. */
describe('from nothing to one trace proved in three providers', () => {
  let first: Verification
  let stored: StoredTrace

  test('setup ends well, and says where to look', async () => {
    const { code, stdout, stderr } = await workspace.command('setup', ['--yes'])
    expect(code, `${stdout}${stderr}${workspace.logs()}`).toBe(0)
    for (const line of [
      /✓ Honeycomb +local +found/,
      /✓ AWS X-Ray +local +found/,
      /✓ Rollbar +local +found/,
    ]) {
      expect(stdout).toMatch(line)
    }
    for (const lens of ['honeycomb', 'xray', 'rollbar']) {
      expect(stdout).toMatch(
        new RegExp(`http://localhost:${workspace.ports.sandbox}/trace/[0-9a-f]{32}#${lens}`),
      )
    }
  })

  test('again: it ends well and soon, and changes nothing', async () => {
    const before = await counts()
    const { code, stdout, durationMs } = await workspace.command('setup', ['--yes'])
    expect(code, stdout).toBe(0)
    // A second and a half on a machine that does nothing else.
    expect(durationMs).toBeLessThan(25_000)
    expect(stdout).toContain('Already running')
    expect(stdout.match(/up to date/g)).toHaveLength(3)
    expect(await counts()).toEqual(before)
  })

  test('verify --json gives the evidence as data, and nothing else, on standard output', async () => {
    const { code, stdout, stderr } = await workspace.command('verify', ['--json'])
    expect(code, `${stderr}${workspace.logs()}`).toBe(0)
    first = JSON.parse(stdout)
    expect(first).toMatchObject({
      ok: true,
      providers: {
        honeycomb: { mode: 'local', state: 'found' },
        xray: { mode: 'local', state: 'found' },
        rollbar: { mode: 'local', state: 'found', uuid: expect.stringMatching(/^[0-9a-f-]{36}$/) },
      },
    })
    expect(first.traceId).toMatch(/^[0-9a-f]{32}$/)
    expect(first.xrayTraceId).toBe(first.traceId.replace(/^(.{8})/, '1-$1-'))
    expect(first.providers.honeycomb.spans).toBeGreaterThanOrEqual(4)
    expect(first.providers.xray.segments).toBeGreaterThanOrEqual(2)
    expect(first.providers.xray.subsegments).toBeGreaterThanOrEqual(1)
    expect((await fetch(first.providers.xray.url ?? '')).status).toBe(200)
  })

  test('the three records carry the same trace id, and X-Ray’s ids are the spans’', async () => {
    stored = await workspace.trace(first.traceId)
    const segments = stored.xray.segments.flatMap(flatten)
    expect(new Set(stored.honeycomb.spans.map(({ traceId }) => traceId))).toEqual(new Set([first.traceId]))
    expect(new Set(stored.xray.segments.map(({ trace_id }) => trace_id))).toEqual(
      new Set([first.xrayTraceId]),
    )
    expect(stored.rollbar.items).toHaveLength(1)
    expect(JSON.stringify(stored.rollbar.items)).toContain(`"trace_id":"${first.traceId}"`)
    expect(new Set(segments.map(({ id }) => id))).toEqual(
      new Set(stored.honeycomb.spans.map(({ spanId }) => spanId)),
    )
  })

  test('the profiles segment is a child of the api’s subsegment for the call, and every span has its parent', () => {
    const api = stored.xray.segments.find(({ name }) => name === 'cruddur-backend')
    const profiles = stored.xray.segments.find(({ name }) => name === 'cruddur-backend-profiles')
    const call = api && flatten(api).find(({ namespace }) => namespace === 'remote')
    expect(call).toBeDefined()
    expect(profiles?.parent_id).toBe(call?.id)
    expect(api?.fault).toBe(true)
    const ids = new Set(stored.honeycomb.spans.map(({ spanId }) => spanId))
    const orphans = stored.honeycomb.spans.filter(
      ({ parentSpanId }) => parentSpanId && !ids.has(parentSpanId),
    )
    expect(orphans).toEqual([])
  })

  test('the span and the Rollbar item name each other', () => {
    const span = stored.honeycomb.spans.find(
      ({ kind, service }) => kind === 'SERVER' && service === 'cruddur-backend',
    )
    expect(span?.attributes['rollbar.uuid']).toBe(first.providers.rollbar.uuid)
    const item = JSON.stringify(stored.rollbar.items)
    expect(item).toContain(first.providers.rollbar.uuid)
    expect(item).toContain(`/trace/${first.traceId}#honeycomb`)
    expect(item).toContain(`/trace/${first.traceId}#xray`)
  })

  test('no credential of a request is kept anywhere', async () => {
    const headers = {
      authorization: 'Bearer canary-authorization',
      cookie: 'session=canary-cookie',
      'x-api-key': 'canary-api-key',
      'x-amz-security-token': 'canary-token',
      traceparent: '00-6b034d9be528b6575fbd08ab6c45e5ad-53995c3f42cd8ad8-01',
    }
    const answer = await fetch(`${workspace.api}/rollbar/test?password=canary-query`, { headers })
    expect(answer.status).toBe(500)
    const kept = () => workspace.trace('6b034d9be528b6575fbd08ab6c45e5ad')
    await expect.poll(async () => (await kept()).rollbar.items.length, { timeout: 5_000 }).toBe(1)
    await expect
      .poll(async () => (await kept()).honeycomb.spans.length, { timeout: 5_000 })
      .toBeGreaterThan(1)
    expect(JSON.stringify(await kept())).not.toContain('canary-')
  })

  test('neither the SDKs’ own traffic nor health checks are traced', async () => {
    const names = async () => {
      const { traces } = (await (await fetch(`${workspace.sandbox}/sandbox/traces?limit=100`)).json()) as {
        traces: { rootName: string }[]
      }
      return new Set(traces.map(({ rootName }) => rootName))
    }
    // A trace whose first span is still on its way goes by the name of its second.
    await expect
      .poll(names, { timeout: 5_000 })
      .toEqual(new Set(['GET /api/activities/home', 'GET /rollbar/test']))
  })

  describe.skipIf(!aws)(`the AWS CLI${aws ? '' : ' (skipped: there is no aws on this machine)'}`, () => {
    async function xray(...args: string[]): Promise<Record<string, unknown[]>> {
      const { code, stdout, stderr } = await run(
        aws ?? '',
        ['xray', ...args, '--endpoint-url', workspace.sandbox],
        {
          cwd: workspace.folder,
          env: {
            ...workspace.env,
            AWS_ACCESS_KEY_ID: 'sandbox',
            AWS_SECRET_ACCESS_KEY: 'sandbox',
            AWS_DEFAULT_REGION: 'us-east-1',
            AWS_PAGER: '',
          },
        },
      )
      expect(code, stderr).toBe(0)
      return JSON.parse(stdout)
    }

    test('lists the group', async () => {
      const { Groups } = await xray('get-groups')
      expect(Groups).toMatchObject([
        { GroupName: 'Cruddur', FilterExpression: 'service("cruddur-backend") { fault OR error }' },
      ])
    })

    test('lists the sampling rules', async () => {
      const { SamplingRuleRecords = [] } = await xray('get-sampling-rules')
      const rules = (
        SamplingRuleRecords as { SamplingRule: { RuleName: string; ServiceName: string } }[]
      ).map(({ SamplingRule: { RuleName, ServiceName } }) => `${RuleName} ${ServiceName}`)
      expect(rules.sort()).toEqual([
        'Cruddur cruddur-backend*',
        'CruddurRollbar cruddur-backend*',
        'Default *',
      ])
    })

    test('reads the trace', async () => {
      const { Traces } = await xray('batch-get-traces', '--trace-ids', first.xrayTraceId)
      expect(Traces).toMatchObject([{ Id: first.xrayTraceId }])
      expect(Traces).toMatchObject([{ Segments: [{}, {}, {}] }])
    })

    test('finds the failing trace by the group’s filter', async () => {
      const now = Math.floor(Date.now() / 1000)
      const { TraceSummaries = [] } = await xray(
        'get-trace-summaries',
        '--start-time',
        String(now - 300),
        '--end-time',
        String(now + 5),
        '--filter-expression',
        'service("cruddur-backend") { fault OR error }',
      )
      expect((TraceSummaries as { Id: string }[]).map(({ Id }) => Id)).toContain(first.xrayTraceId)
    })
  })

  test('records survive a restart of the sandbox', async () => {
    expect((await workspace.command('stop')).code).toBe(0)
    expect((await workspace.command('setup', ['--yes'])).code).toBe(0)
    expect(await workspace.trace(first.traceId)).toEqual(stored)
  })

  test(`${VERIFICATIONS} verifications straight after a start, with the rule of 10 % in force, are as many proofs`, async () => {
    // Two at a time, for the two cores; each is a process of its own.
    for (let i = 0; i < VERIFICATIONS; i += 2) {
      const pair = await Promise.all([
        workspace.command('verify', ['--json']),
        workspace.command('verify', ['--json']),
      ])
      for (const { code, stdout, stderr } of pair) {
        expect(code, `verification ${i + 1} or so: ${stdout}${stderr}${workspace.logs()}`).toBe(0)
      }
    }
  })

  test('stop leaves no process and no port, and is content when there is nothing to stop', async () => {
    const { code, stdout } = await workspace.command('stop')
    expect(code, stdout).toBe(0)
    for (const port of Object.values(workspace.ports)) expect(await isFree(port), `port ${port}`).toBe(true)
    expect((await workspace.command('stop')).code).toBe(0)
    expect((await workspace.command('status')).code).toBe(0)
  })
})

/** What must not be twice, however often set-up runs. */
async function counts() {
  const ask = async (path: string) =>
    (await (await fetch(`${workspace.sandbox}/${path}`, { method: 'POST', body: '{}' })).json()) as Record<
      string,
      unknown[]
    >
  const groups = await ask('Groups')
  const rules = await ask('GetSamplingRules')
  return { groups: groups.Groups?.length, rules: rules.SamplingRuleRecords?.length }
}

function flatten(segment: StoredSegment): StoredSegment[] {
  return [segment, ...(segment.subsegments ?? []).flatMap(flatten)]
}

function findAws(): string | undefined {
  try {
    const path = execFileSync('sh', ['-c', 'command -v aws'], { encoding: 'utf8' }).trim()
    execFileSync(path, ['--version'], { stdio: 'ignore' })
    return path
  } catch {
    return undefined
  }
}
