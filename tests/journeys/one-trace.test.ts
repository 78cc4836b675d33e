import { lstatSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { USERS } from '../../contracts/cruddur-users.ts'
import type { Span } from '../../contracts/sandbox/trace.ts'
import { newSpanId, newTraceId } from '../../contracts/trace-id.ts'
import { isFree } from '../../scripts/machine/free-ports.ts'
import type { Verification } from '../../scripts/verification/verify.ts'
import { expectAllStored, loadUntil } from '../harness/load-until.ts'
import { xrayClientOf } from '../harness/sandbox.ts'
import { IS_LONG, scaled } from '../harness/scale.ts'
import { sharedWorkspace } from '../harness/shared-workspace.ts'
import { step } from '../harness/step.ts'
import type { StoredSegment } from '../harness/stored-trace.ts'
import { createWorkspace, type TestWorkspace } from '../harness/workspace.ts'

const VERIFICATIONS = 20
/** drain.test.ts has it at a higher rate. */
const LOAD = { requests: 60, perSecond: 60 }

let workspace: TestWorkspace

const umask = process.umask(0)

beforeAll(async () => {
  // tests/sql.test.ts lets one workspace create its cluster, which takes four seconds of a core.
  workspace = await createWorkspace({}, { database: scaled('embedded', 'from nothing') })
})

afterAll(() => process.umask(umask))

afterAll(() => workspace.dispose())

test('from nothing to one trace proved in three providers', { timeout: 300_000 }, async () => {
  await step('setup ends well, and says where to look', async () => {
    const { stdout } = await workspace.setUp()
    for (const provider of ['Honeycomb', 'AWS X-Ray', 'Rollbar']) {
      expect(stdout).toMatch(new RegExp(`✓ ${provider} +local +found`))
    }
    for (const lens of ['honeycomb', 'xray', 'rollbar']) {
      expect(stdout).toMatch(
        new RegExp(`http://localhost:${workspace.ports.sandbox}/trace/[0-9a-f]{32}#${lens}`),
      )
    }
  })

  await step('nothing that setup has written can be read by other users, whatever the umask', async () => {
    const written = readdirSync(workspace.folder, { recursive: true, encoding: 'utf8' })
    expect(written.join(' ')).toMatch(/processes\.json.*api\.log|api\.log.*processes\.json/)
    expect(written.join(' ')).toContain('sandbox.sqlite')
    // PGlite gives some files another mode, in a folder that only the owner may enter.
    const reachable = written.filter((name) => !name.startsWith('state/data/postgres/'))
    const isOpen = (name: string) => (lstatSync(join(workspace.folder, name)).mode & 0o077) !== 0
    expect(reachable.filter(isOpen)).toEqual([])
  })

  await step('setup again ends soon and changes nothing', async () => {
    const before = await counts()
    const { stdout, durationMs } = await workspace.setUp()
    // Takes 1.5 s on an idle machine.
    expect(durationMs).toBeLessThan(25_000)
    expect(stdout).toContain('Already running')
    expect(stdout.match(/up to date/g)).toHaveLength(3)
    expect(await counts()).toEqual(before)
  })

  const first = await step(
    'verify --json prints the evidence as data, and nothing else on stdout',
    async () => {
      const { code, stdout, stderr } = await workspace.command('verify', ['--json'])
      expect(code, `${stderr}${workspace.logs()}`).toBe(0)
      const verification: Verification = JSON.parse(stdout)
      expect(verification).toMatchObject({
        ok: true,
        providers: {
          honeycomb: { mode: 'local', state: 'found' },
          xray: { mode: 'local', state: 'found' },
          rollbar: { mode: 'local', state: 'found', uuid: expect.stringMatching(/^[0-9a-f-]{36}$/) },
        },
      })
      const { traceId, xrayTraceId, providers } = verification
      expect(traceId).toMatch(/^[0-9a-f]{32}$/)
      expect(xrayTraceId).toBe(traceId.replace(/^(.{8})/, '1-$1-'))
      expect(providers.honeycomb.spans).toBeGreaterThanOrEqual(4)
      expect(providers.xray.segments).toBeGreaterThanOrEqual(2)
      expect(providers.xray.subsegments).toBeGreaterThanOrEqual(1)
      expect((await fetch(providers.xray.url ?? '')).status).toBe(200)
      return verification
    },
  )
  const stored = await workspace.trace(first.traceId)

  await step('the three records carry the same trace id, and X-Ray’s ids are the spans’', () => {
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

  await step(
    'the profiles segment is a child of the api’s subsegment for the call; every span has its parent',
    () => {
      const api = stored.xray.segments.find(({ name }) => name === 'cruddur-backend')
      const profiles = stored.xray.segments.find(({ name }) => name === 'cruddur-backend-profiles')
      const call = api && flatten(api).find(({ namespace }) => namespace === 'remote')
      expect(call).toBeDefined()
      expect(profiles?.parent_id).toBe(call?.id)
      // Profiles sends segments, too.
      expect(call?.http).toMatchObject({ request: { traced: true } })
      expect(api?.fault).toBe(true)
      const ids = new Set(stored.honeycomb.spans.map(({ spanId }) => spanId))
      const orphans = stored.honeycomb.spans.filter(
        ({ parentSpanId }) => parentSpanId && !ids.has(parentSpanId),
      )
      expect(orphans).toEqual([])
    },
  )

  await step('the span and the Rollbar item name each other', () => {
    const span = stored.honeycomb.spans.find(
      ({ kind, service }) => kind === 'SERVER' && service === 'cruddur-backend',
    )
    expect(span?.attributes['rollbar.uuid']).toBe(first.providers.rollbar.uuid)
    const item = JSON.stringify(stored.rollbar.items)
    expect(item).toContain(first.providers.rollbar.uuid)
    expect(item).toContain(`/trace/${first.traceId}#honeycomb`)
    expect(item).toContain(`/trace/${first.traceId}#xray`)
  })

  await step('neither the SDKs’ own traffic nor health checks are traced', async () => {
    const names = async () => {
      const { traces } = (await (await fetch(`${workspace.sandbox}/sandbox/traces?limit=100`)).json()) as {
        traces: { rootName: string }[]
      }
      return new Set(traces.map(({ rootName }) => rootName))
    }
    // Until its first span arrives a trace has the name of its second.
    await expect
      .poll(names, { timeout: 5_000 })
      .toEqual(new Set(['GET /api/activities/home', 'GET /rollbar/test']))
  })

  await step('AWS’s client reads the group, the rules and the trace', () => readByClient(first))

  const answered = await step('stop, while requests come, leaves no process and no port', async () => {
    const answered = await loadUntil(workspace, LOAD, async () => {
      const { code, stdout } = await workspace.command('stop')
      expect(code, stdout).toBe(0)
    })
    for (const port of Object.values(workspace.ports)) expect(await isFree(port), `port ${port}`).toBe(true)
    expect((await workspace.command('stop')).code).toBe(0)
    expect((await workspace.command('status')).code).toBe(0)
    return answered
  })

  await step(
    'the sandbox’s records are there after a restart, all of those requests among them',
    async () => {
      await (IS_LONG ? workspace.setUp() : workspace.start('sandbox'))
      expect(await workspace.trace(first.traceId)).toEqual(stored)
      await expectAllStored(workspace, answered)
    },
  )

  // The set-up at the beginning is the short run's verification straight after a start.
  if (!IS_LONG) return
  await step(
    `${VERIFICATIONS} verifications straight after a start, with the rule of 10 % in force, are as many proofs`,
    async () => {
      // Two at a time, for the two cores.
      for (let i = 0; i < VERIFICATIONS; i += 2) {
        const pair = await Promise.all([
          workspace.command('verify', ['--json']),
          workspace.command('verify', ['--json']),
        ])
        for (const { code, stdout, stderr } of pair) {
          expect(code, `verification ${i + 1} or so: ${stdout}${stderr}${workspace.logs()}`).toBe(0)
        }
      }
    },
  )
})

/** By AWS's own client, as the console and the CLI do. What the CLI itself adds is tested in aws-cli.test.ts. */
async function readByClient(first: Verification): Promise<void> {
  const xray = xrayClientOf(workspace.sandbox)
  const { Groups } = await xray.getGroups({})
  expect(Groups).toMatchObject([
    { GroupName: 'Cruddur', FilterExpression: 'service("cruddur-backend") { fault OR error }' },
  ])

  const { SamplingRuleRecords = [] } = await xray.getSamplingRules({})
  const rules = SamplingRuleRecords.map(
    ({ SamplingRule }) => `${SamplingRule?.RuleName} ${SamplingRule?.ServiceName}`,
  )
  expect(rules.sort()).toEqual(['Cruddur cruddur-backend*', 'CruddurRollbar cruddur-backend*', 'Default *'])

  const { Traces } = await xray.batchGetTraces({ TraceIds: [first.xrayTraceId] })
  expect(Traces).toMatchObject([{ Id: first.xrayTraceId, Segments: [{}, {}, {}] }])

  const { TraceSummaries = [] } = await xray.getTraceSummaries({
    StartTime: new Date(Date.now() - 300_000),
    EndTime: new Date(Date.now() + 5_000),
    FilterExpression: 'service("cruddur-backend") { fault OR error }',
  })
  expect(TraceSummaries.map(({ Id }) => Id)).toContain(first.xrayTraceId)
  xray.destroy()
}

test('no credential of a request is kept anywhere', async () => {
  const shared = await sharedWorkspace()
  const traceId = newTraceId()
  const headers = {
    authorization: 'Bearer canary-authorization',
    cookie: 'session=canary-cookie',
    'x-api-key': 'canary-api-key',
    'x-amz-security-token': 'canary-token',
    traceparent: `00-${traceId}-${newSpanId()}-01`,
  }
  const answer = await fetch(`${shared.api}/rollbar/test?password=canary-query`, { headers })
  expect(answer.status).toBe(500)
  await expect
    .poll(async () => (await shared.trace(traceId)).rollbar.items.length, { timeout: 5_000 })
    .toBe(1)
  await expect
    .poll(async () => (await shared.trace(traceId)).honeycomb.spans.length, { timeout: 5_000 })
    .toBeGreaterThan(1)
  expect(JSON.stringify(await shared.trace(traceId))).not.toContain('canary-')
})

test('who asked is on the request’s span, in X-Ray’s annotations and Rollbar’s person, by id alone', async () => {
  const shared = await sharedWorkspace()
  const user = USERS.find(({ plan, region }) => plan === 'team' && region === 'ap-south')
  if (!user) throw new Error('no such user')
  const session = await fetch(`${shared.api}/api/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ handle: user.handle }),
  })
  const cookie = session.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  const traceId = newTraceId()
  const headers = { cookie, 'x-client-version': '2.4.0', traceparent: `00-${traceId}-${newSpanId()}-01` }
  expect((await fetch(`${shared.api}/rollbar/test`, { headers })).status).toBe(500)
  await expect
    .poll(async () => (await shared.trace(traceId)).rollbar.items.length, { timeout: 5_000 })
    .toBe(1)
  const segmentOf = async () =>
    (await shared.trace(traceId)).xray.segments.find(({ name }) => name === 'cruddur-backend')
  await expect.poll(segmentOf, { timeout: 5_000 }).toBeDefined()
  const isRequest = ({ kind, service }: Span) => kind === 'SERVER' && service === 'cruddur-backend'
  await expect
    .poll(async () => (await shared.trace(traceId)).honeycomb.spans.some(isRequest), { timeout: 5_000 })
    .toBe(true)

  const stored = await shared.trace(traceId)
  const attributes = {
    'user.id': user.handle,
    'app.user.plan': 'team',
    'app.user.region': 'ap-south',
    'app.client.version': '2.4.0',
    ...Object.fromEntries(Object.entries(user.features).map(([name, isOn]) => [`app.feature.${name}`, isOn])),
  }
  expect(stored.honeycomb.spans.find(isRequest)?.attributes).toMatchObject(attributes)
  const others = stored.honeycomb.spans.filter((span) => !isRequest(span))
  for (const { attributes: own } of others) expect(own).not.toHaveProperty(['user.id'])
  const annotations = Object.entries(attributes).map(([name, value]) => [name.replaceAll('.', '_'), value])
  expect((await segmentOf())?.annotations).toMatchObject(Object.fromEntries(annotations))
  expect(stored.rollbar.items).toMatchObject([{ data: { person: { id: user.handle } } }])
  expect(JSON.stringify(stored)).not.toContain(user.displayName)
})

/** The numbers of groups and rules, which another setup must not change. */
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
