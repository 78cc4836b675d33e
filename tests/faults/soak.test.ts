import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { UpdateTraceSegmentDestinationCommand } from '@aws-sdk/client-xray'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SandboxHealth } from '../../contracts/sandbox/health.ts'
import { type TelemetryHealth, telemetryHealthSchema } from '../../contracts/telemetry-health.ts'
import { newSpanId, newTraceId } from '../../contracts/trace-id.ts'
import { createRandom, pick } from '../../scripts/load/random.ts'
import { type DatagramProxy, startDatagramProxy } from '../harness/datagram-proxy.ts'
import { readStored, type Stored } from '../harness/fault-app.ts'
import { HTTP_FAULTS, httpCell, PARTIAL_SUCCESS } from '../harness/fault-cases.ts'
import { expectNoGrowth, growthTable } from '../harness/growth.ts'
import { evaluateIn, readUsage, type Usage } from '../harness/inspector.ts'
import { freePort } from '../harness/ports.ts'
import type { RunningProcess } from '../harness/process.ts'
import { startProxy, type TestProxy } from '../harness/proxy.ts'
import { xrayClientOf } from '../harness/sandbox.ts'
import { scaled } from '../harness/scale.ts'
import { eventually } from '../harness/wait-for.ts'
import { createWorkspace, type TestWorkspace } from '../harness/workspace.ts'

/** Ten minutes: `SOAK_MINUTES=10 npm run test:faults -- soak`. */
const MINUTES = Number(process.env.SOAK_MINUTES ?? scaled(0, 1))
const SEED = Number(process.env.SOAK_SEED ?? Math.floor(Math.random() * 2 ** 31))
const PER_SECOND = 25
/** Faults, then calm, in which what was sent is compared with what has arrived, and memory is read. */
const CYCLE_MS = MINUTES > 2 ? 40_000 : 12_000
const QUIET_MS = 90_000
/** Memory, sockets and handles of shorter runs are shown only: a minute has three readings, which differ by noise. */
const GROWTH_MINUTES = 3
/** How long one fault lasts, at most. */
const MAX_FAULT_MS = 6_000

const NAMES = ['sandbox', 'database', 'profiles', 'api'] as const
type Name = (typeof NAMES)[number]
type Service = 'profiles' | 'api'
/** The name of its segments. */
const PROFILES = 'cruddur-backend-profiles'

const POST_UUID = 'b4a3f1de-52c7-4e0b-8f5d-7d1c9e2a4f02'

/** Every route of the api; two of eleven requests fail. */
const ROUTES: readonly { path: string; status: number; body?: object }[] = [
  { path: '/api/activities/home', status: 200 },
  { path: '/api/activities/notifications', status: 200 },
  { path: '/api/activities/search?term=dns', status: 200 },
  { path: '/api/activities/@maya', status: 200 },
  { path: `/api/activities/${POST_UUID}`, status: 200 },
  { path: '/rollbar/test', status: 500 },
  { path: '/api/message_groups', status: 200 },
  { path: '/api/messages/@ines', status: 200 },
  { path: '/api/activities', status: 201, body: { message: 'Still awake', ttl: '1-hour' } },
  { path: '/nowhere', status: 404 },
  { path: '/rollbar/test', status: 500 },
]

/** What the requests of the whole run must have made. */
const sent = { requests: 0, sampled: 0, errors: 0, wrong: [] as string[] }

describe.runIf(MINUTES > 0)(`a soak of ${MINUTES} minutes (SOAK_SEED=${SEED})`, () => {
  const resources = new AsyncDisposableStack()
  const random = createRandom(SEED)
  const inspectors = {} as Record<Name, number>
  const processes = {} as Record<Name, RunningProcess>
  let workspace: TestWorkspace
  let honeycomb: TestProxy
  let rollbar: TestProxy
  let rules: TestProxy
  let xray: TestProxy
  let datagrams: DatagramProxy

  beforeAll(async () => {
    workspace = await createWorkspace({}, { database: 'embedded' })
    resources.defer(() => workspace.dispose())
    const { daemon } = workspace.ports
    honeycomb = resources.use(await startProxy(() => workspace.sandbox))
    rollbar = resources.use(await startProxy(() => workspace.sandbox))
    xray = resources.use(await startProxy(() => workspace.sandbox))
    rules = resources.use(await startProxy(() => `http://127.0.0.1:${daemon}`))
    datagrams = resources.use(await startDatagramProxy({ host: '127.0.0.1', port: daemon }))
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: honeycomb.url,
      ROLLBAR_API_ENDPOINT: rollbar.url,
      XRAY_OTLP_ENDPOINT: `${xray.url}/v1/traces`,
      AWS_XRAY_DAEMON_ADDRESS: `udp:127.0.0.1:${datagrams.address.port} tcp:${new URL(rules.url).host}`,
      NODE_ENV: 'production',
    }
    await start('sandbox')
    await start('database')
    const client = xrayClientOf(workspace.sandbox)
    await client.send(new UpdateTraceSegmentDestinationCommand({ Destination: 'CloudWatchLogs' }))
    client.destroy()
    // Both of X-Ray's ways: the api sends segments by UDP, profiles spans by OTLP.
    await start('profiles', { ...env, XRAY_PIPELINE: 'otlp' })
    await start('api', env)
  })

  afterAll(() => resources.disposeAsync())

  async function start(name: Name, env: Readonly<Record<string, string>> = {}): Promise<void> {
    const port = await freePort()
    const args = [`--inspect=127.0.0.1:${port}`]
    if (name === 'api' || name === 'profiles') args.push('--import', './tests/fixtures/count-made.ts')
    processes[name] = await workspace.start(name, env, args)
    inspectors[name] = port
  }

  test('everything made is counted once, every request is answered rightly, and in three minutes or more nothing grows', {
    timeout: MINUTES * 60_000 + 240_000,
  }, async () => {
    console.log(`SOAK_SEED=${SEED}`)
    const usage: Record<Name, Usage>[] = []
    const end = performance.now() + MINUTES * 60_000
    while (performance.now() < end) {
      const hasEnded = delay(Math.min(CYCLE_MS, Math.max(1_000, end - performance.now()))).then(() => true)
      await Promise.all([sendUntil(hasEnded), ...ways().map((way) => switchFaults(way, hasEnded))])
      await recovered()
      await expectEverythingCounted()
      usage.push(await readAll())
    }
    console.log(`${sent.requests} requests, ${sent.sampled} sampled, ${sent.errors} errors`)
    console.log(growthTable(NAMES, usage))
    expect(sent.wrong).toEqual([])
    for (const name of ['api', 'profiles'] as const) expectAlternatingLines(processes[name].stderr())
    if (MINUTES < GROWTH_MINUTES) return
    for (const name of NAMES) {
      const readings = usage.map((all) => all[name])
      expectNoGrowth(name, readings)
    }
  })

  /** Each way to a provider, with the faults that it can have. */
  function ways() {
    const http = HTTP_FAULTS.filter(({ consequence, name }) => consequence !== 'none' || name === '5 s slow')
    const otlp = [...http, PARTIAL_SUCCESS]
    const cells = (proxy: TestProxy, cases: typeof http) => cases.map((one) => httpCell(proxy, one))
    const udp = {
      refused: () => datagrams.refuse(),
      hang: async () => {
        datagrams.fault = 'hang'
      },
      slow: async () => {
        datagrams.fault = { delayMs: 2_000 }
      },
    }
    const off = async () => {
      datagrams.fault = undefined
      await datagrams.accept()
    }
    return [
      cells(honeycomb, otlp),
      cells(rollbar, http),
      cells(xray, otlp),
      cells(rules, http),
      Object.values(udp).map((on) => ({ on, off })),
    ]
  }

  /** Turns random faults of one way on and off; none at the end. */
  async function switchFaults(
    cells: readonly { on(): Promise<void>; off(): Promise<void> }[],
    hasEnded: Promise<unknown>,
  ): Promise<void> {
    const state = { isOver: false }
    void hasEnded.then(() => {
      state.isOver = true
    })
    while (!state.isOver) {
      await Promise.race([delay(random() * 3_000), hasEnded])
      if (state.isOver) return
      const { on, off } = pick(random, cells)
      await on()
      await Promise.race([delay(500 + random() * MAX_FAULT_MS), hasEnded])
      await off()
    }
  }

  async function sendUntil(hasEnded: Promise<unknown>): Promise<void> {
    const state = { isOver: false }
    void hasEnded.then(() => {
      state.isOver = true
    })
    const waiting = new Set<Promise<void>>()
    const startedAt = performance.now()
    for (let i = 0; !state.isOver; i++) {
      await delay(Math.max(0, startedAt + (i * 1_000) / PER_SECOND - performance.now()))
      const request = ask()
        .catch((error: Error) => void sent.wrong.push(error.message))
        .finally(() => waiting.delete(request))
      waiting.add(request)
    }
    await Promise.all(waiting)
  }

  /** Nine of ten requests are sampled by their caller; of the others X-Ray's rules decide. */
  async function ask(): Promise<void> {
    const { path, status, body } = ROUTES[sent.requests % ROUTES.length] as (typeof ROUTES)[number]
    const isDecided = sent.requests % 10 !== 9
    sent.requests++
    const response = await fetch(`${workspace.api}${path}`, {
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
      headers: {
        ...(body && { 'content-type': 'application/json' }),
        ...(isDecided && { traceparent: `00-${newTraceId()}-${newSpanId()}-01` }),
      },
      signal: AbortSignal.timeout(10_000),
    })
    const text = await response.text()
    if (response.headers.get('traceresponse')?.endsWith('-01')) sent.sampled++
    if (response.status === 500) sent.errors++
    if (response.status !== status) throw new Error(`${path}: ${response.status} ${text}`)
  }

  /** Sends requests until no stream fails, because only a delivery shows that deliveries succeed again. */
  async function recovered(): Promise<void> {
    await eventually(
      async () => {
        await sendUntil(delay(300))
        return (await streams()).filter(({ failing }) => failing).map(({ name }) => name)
      },
      (failing) => failing.length === 0,
      QUIET_MS,
    )
  }

  async function streams() {
    const all = await Promise.all(
      (['api', 'profiles'] as const).map(async (service) => {
        const { providers, logs, metrics } = await healthOf(service)
        return Object.entries({ ...providers, logs, metrics }).flatMap(([stream, report]) =>
          report.enabled ? [{ service, stream, name: `${service} ${stream}`, ...report }] : [],
        )
      }),
    )
    return all.flat()
  }

  async function healthOf(service: Service): Promise<TelemetryHealth> {
    const response = await fetch(`${workspace[service]}/health/telemetry`)
    return telemetryHealthSchema.parse(await response.json())
  }

  /** Waits until nothing is pending and everything made has been counted, and compares it with what is stored. */
  async function expectEverythingCounted(): Promise<void> {
    const read = async () => {
      const reports = await streams()
      const made = {
        api: await evaluateIn<Made>(inspectors.api, 'globalThis.made'),
        profiles: await evaluateIn<Made>(inspectors.profiles, 'globalThis.made'),
      }
      return { reports, equations: equationsOf(reports, made, await readStore()) }
    }
    const isTrue = ({ sides: [left, right], isUdp }: Equation) => (isUdp ? left <= right : left === right)
    await eventually(
      async () => (await read()).equations.filter((equation) => !isTrue(equation)),
      (wrong) => wrong.length === 0,
      QUIET_MS,
    )
  }

  type Made = Readonly<Record<'spans' | 'logs' | 'points', number>>
  interface Equation {
    readonly what: string
    readonly sides: readonly [number, number]
    readonly isUdp?: boolean
  }

  function equationsOf(
    reports: Awaited<ReturnType<typeof streams>>,
    made: Record<Service, Made>,
    { records, duplicates, segmentsByName }: Stored,
  ): Equation[] {
    const find = (name: string) => reports.find((report) => report.name === name)
    const total = (name: string) => {
      const { accepted = 0, refused = 0, dropped = 0, unconfirmed = 0, pending = 0 } = find(name) ?? {}
      // Something pending makes the equation false until it is not.
      return accepted + refused + dropped + unconfirmed + (pending > 0 ? Number.NaN : 0)
    }
    const arrived = (...names: string[]) =>
      names.reduce((sum, name) => sum + (find(name)?.accepted ?? 0) + (find(name)?.unconfirmed ?? 0), 0)
    const counted = (['api', 'profiles'] as const).flatMap((service): Equation[] => [
      { what: `${service} spans`, sides: [made[service].spans, total(`${service} honeycomb`)] },
      { what: `${service} logs`, sides: [made[service].logs, total(`${service} logs`)] },
      { what: `${service} metrics`, sides: [made[service].points, total(`${service} metrics`)] },
    ])
    const { [PROFILES]: xraySpans = 0 } = segmentsByName
    return [
      ...counted,
      { what: 'profiles spans to X-Ray', sides: [made.profiles.spans, total('profiles xray')] },
      { what: 'api segments', sides: [sent.sampled, total('api xray')] },
      { what: 'api errors', sides: [sent.errors, total('api rollbar')] },
      { what: 'stored spans', sides: [records.spans, arrived('api honeycomb', 'profiles honeycomb')] },
      { what: 'stored logs', sides: [records.logs, arrived('api logs', 'profiles logs')] },
      { what: 'stored metrics', sides: [records.points, arrived('api metrics', 'profiles metrics')] },
      { what: 'stored errors', sides: [records.errors, arrived('api rollbar')] },
      { what: 'stored spans of profiles in X-Ray', sides: [xraySpans, arrived('profiles xray')] },
      { what: 'stored segments', sides: [records.segments - xraySpans, arrived('api xray')], isUdp: true },
      { what: 'segments received twice', sides: [duplicates.segments, 0] },
      { what: 'spans stored twice', sides: [duplicates.spans, 0] },
      { what: 'logs stored twice', sides: [duplicates.logs, 0] },
    ]
  }

  /** What the sandbox, which is another process, has stored. */
  function readStore(): Promise<Stored> {
    return readStored({
      dataFile: join(workspace.folder, 'state', 'data', 'sandbox.sqlite'),
      async counts() {
        const answer = await fetch(`${workspace.sandbox}/health`)
        return SandboxHealth.parse(await answer.json()).providers
      },
    })
  }

  async function readAll(): Promise<Record<Name, Usage>> {
    const pairs = NAMES.map(async (name) => {
      const { pid = 0 } = processes[name].child
      return [name, await readUsage(pid, inspectors[name])] as const
    })
    return Object.fromEntries(await Promise.all(pairs)) as Record<Name, Usage>
  }
})

/** Each stream logs in turns that it fails and that it delivers again, and writes no other line. */
function expectAlternatingLines(stderr: string): void {
  const lines = stderr
    .split('\n')
    .filter((line) => line && !/^(Debugger|For help|Starting inspector)/.test(line))
  expect(
    lines.filter((line) => !line.includes('telemetry: ')),
    'lines that are not telemetry’s',
  ).toEqual([])
  const byStream = Map.groupBy(lines, (line) => /telemetry: (\w+): /.exec(line)?.[1] ?? 'rules')
  for (const [stream, some] of byStream) {
    const isEnd = some.map((line) => /delivering again|can be read/.test(line))
    expect(isEnd, `${stream}:\n${some.join('\n')}`).toEqual(some.map((_line, index) => index % 2 === 1))
  }
}
