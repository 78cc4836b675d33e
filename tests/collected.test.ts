import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { VERIFY_USER_AGENT } from '../contracts/verify-client.ts'
import { readTelemetryHealth } from '../scripts/providers/own-processes.ts'
import type { CollectorPorts } from '../scripts/tail-sampling/collectors.ts'
import type { Verification } from '../scripts/verification/verify.ts'
import { COLLECTOR, startCollector } from './harness/collector.ts'
import { readCompose } from './harness/compose.ts'
import { freePort } from './harness/ports.ts'
import { type RunningProcess, startProcess } from './harness/process.ts'
import { startProxy, type TestProxy } from './harness/proxy.ts'
import type { StoredTrace } from './harness/stored-trace.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

/** The gateway waits ten seconds for a trace, and the exporters one second for a batch. */
const DECIDED_MS = 30_000
const TENTH = 0.1
const REQUESTS = 400
/** Five standard deviations: a correct sampler fails in one run of a million. */
const MARGIN = 5 * Math.sqrt((TENTH * (1 - TENTH)) / REQUESTS)

const spansOf = ({ honeycomb }: StoredTrace) => honeycomb.spans
const segmentsOf = ({ xray }: StoredTrace) => xray.segments

/** Profile `collector` of docker-compose.yml as processes: backends, agent, gateway, and the sandbox as provider. */
describe.runIf(COLLECTOR.isThere)(`behind a collector (${COLLECTOR.kind})`, { timeout: 120_000 }, () => {
  let workspace: TestWorkspace
  let ports: CollectorPorts
  /** The collector beside the services. */
  let agent: RunningProcess
  /** The collector that decides which traces to keep, and sends them to the providers. */
  let gateway: RunningProcess
  let sandbox: RunningProcess
  /** Between the gateway and the sandbox. */
  let proxy: TestProxy

  const startSandbox = async () => {
    // The agent listens on the daemon's port, so the sandbox gets another, to which nothing is sent.
    const env = { ...workspace.env, AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${await freePort()}` }
    return startProcess(['sandbox/server.ts'], env, `${workspace.sandbox}/health`)
  }
  const collectorOptions = () => ({ ports, sandbox: proxy.url, folder: workspace.folder })
  const startAgent = () => startCollector('agent', collectorOptions())
  const startGateway = (...more: string[]) => startCollector('gateway', { ...collectorOptions(), more })

  const get = async (path: string, headers: Record<string, string> = {}): Promise<string> => {
    const response = await fetch(`${workspace.api}${path}`, { headers })
    await response.arrayBuffer()
    return response.headers.get('traceresponse')?.split('-')[1] ?? ''
  }
  /** Sends requests that fail, whose traces are always kept. Returns their ids. */
  const getFailing = async (): Promise<string[]> => {
    const ids: string[] = []
    while (ids.length < 20) ids.push(await get('/rollbar/test'))
    return ids
  }
  const getAll = async (ids: readonly string[]): Promise<StoredTrace[]> => {
    const traces: StoredTrace[] = []
    for (const id of ids) traces.push(await workspace.trace(id))
    return traces
  }
  const missingIn = async (part: typeof spansOf | typeof segmentsOf, ids: readonly string[]) =>
    (await getAll(ids)).filter((trace) => part(trace).length === 0).map(({ traceId }) => traceId)
  const expectArrived = (
    part: typeof spansOf | typeof segmentsOf,
    ids: readonly string[],
    withinMs = DECIDED_MS,
  ) => expect.poll(() => missingIn(part, ids), { timeout: withinMs, interval: 500 }).toEqual([])

  beforeAll(async () => {
    workspace = await createWorkspace()
    proxy = await startProxy(() => workspace.sandbox)
    ports = {
      agentHttp: await freePort(),
      agentGrpc: await freePort(),
      daemon: workspace.ports.daemon,
      agentHealth: await freePort(),
      gatewayGrpc: await freePort(),
      gatewayLoop: await freePort(),
      gatewayHealth: await freePort(),
    }
    sandbox = await startSandbox()
    gateway = await startGateway()
    agent = await startAgent()
    const apiEnvironment = readCompose({})['collected-api']?.environment ?? {}
    expect(apiEnvironment.OTEL_EXPORTER_OTLP_ENDPOINT).toBe('http://collector:4318')
    const env = {
      XRAY_PIPELINE: apiEnvironment.XRAY_PIPELINE ?? '',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${ports.agentHttp}`,
    }
    for (const name of ['profiles', 'api'] as const) await workspace.start(name, env)
  })

  afterAll(async () => {
    await workspace?.stopServices()
    for (const process of [agent, gateway, sandbox]) await process?.stop()
    await proxy?.[Symbol.asyncDispose]()
    await workspace?.dispose()
  })

  const logs = () => `${agent.output()}\n${gateway.output()}`

  test('verify proves one request in all three providers, and finds each span once', async () => {
    const { code, stdout, stderr } = await workspace.command('verify', ['--json'])
    expect(code, `${stdout}${stderr}${logs()}`).toBe(0)
    const { traceId, providers }: Verification = JSON.parse(stdout)
    expect(providers).toMatchObject({
      honeycomb: { mode: 'local', state: 'found' },
      xray: { mode: 'local', state: 'found' },
      rollbar: { mode: 'local', state: 'found' },
    })
    const { honeycomb, xray } = await workspace.trace(traceId)
    const ids = honeycomb.spans.map(({ spanId }) => spanId)
    expect(new Set(ids).size, 'a span is stored twice').toBe(ids.length)
    const services = ['cruddur-backend', 'cruddur-backend-profiles', 'cruddur-backend-verify']
    expect([...new Set(honeycomb.spans.map(({ service }) => service))].toSorted()).toEqual(services)
    // Each span is a segment with the same id.
    expect(xray.segments.map(({ id }) => id)).toEqual(expect.arrayContaining(ids))
    expect(xray.segments.map(({ name }) => name)).toEqual(expect.arrayContaining(services))
  })

  test('where the settings name the collector, verify sends its own span there, and finds each span once', async () => {
    const { code, stdout, stderr } = await workspace.command('verify', ['--json'], {
      XRAY_PIPELINE: 'collector',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${ports.agentHttp}`,
    })
    expect(code, `${stdout}${stderr}${logs()}`).toBe(0)
    const { traceId } = JSON.parse(stdout) as Verification
    const { honeycomb, xray } = await workspace.trace(traceId)
    const ids = honeycomb.spans.map(({ spanId }) => spanId)
    expect(new Set(ids).size).toBe(ids.length)
    expect(xray.segments.map(({ id }) => id).toSorted()).toEqual(ids.toSorted())
  })

  test('the collector logs no error and no deprecation for its configuration', () => {
    expect(logs()).not.toMatch(/deprecated|\berror\t/)
  })

  test('the api reports that X-Ray is behind the collector, and samples every trace', async () => {
    expect(await readTelemetryHealth(workspace.api)).toMatchObject({
      sampler: { name: 'parentbased_always_on' },
      providers: { xray: { enabled: false, pipeline: 'collector' } },
    })
  })

  test('every error is kept with SampleRate 1, and a tenth of the rest with SampleRate 10', async () => {
    const good: string[] = []
    for (let index = 0; index < REQUESTS; index += 20)
      good.push(
        ...(await Promise.all(Array.from({ length: 20 }, () => get('/api/activities/notifications')))),
      )
    const failing = await getFailing()
    await expectArrived(spansOf, failing)

    // On a busy machine some good requests are slow. They are kept for that, with SampleRate 1.
    const reasons = (trace: StoredTrace) =>
      new Set(
        spansOf(trace).map(
          ({ scope, attributes }) =>
            `${scope.attributes['tailsampling.policy']} × ${attributes.SampleRate ?? 1}`,
        ),
      )
    const errors = await getAll(failing)
    for (const trace of errors) expect(reasons(trace)).toEqual(new Set(['every-error × 1']))
    // The good requests were sent first, so they are already decided.
    const kept = (await getAll(good)).filter((trace) => spansOf(trace).length > 0)
    const tenth = kept.filter((trace) => reasons(trace).has('a-tenth-of-the-rest × 10'))
    for (const trace of kept)
      expect(reasons(trace)).toEqual(
        new Set([tenth.includes(trace) ? 'a-tenth-of-the-rest × 10' : 'every-slow-trace × 1']),
      )
    expect(tenth.length / REQUESTS).toBeGreaterThan(TENTH - MARGIN)
    expect(tenth.length / REQUESTS).toBeLessThan(TENTH + MARGIN)
    // The gateway passes X-Ray's spans through a queue on disk first, so they arrive a little later.
    const ids = [...kept, ...errors].map(({ traceId }) => traceId)
    const differing = async () =>
      (await getAll(ids)).filter((trace) => segmentsOf(trace).length !== spansOf(trace).length)
    await expect.poll(differing, { timeout: DECIDED_MS, interval: 500 }).toEqual([])
  })

  test('while X-Ray throttles, Honeycomb gets the kept traces; X-Ray gets them afterwards', async () => {
    let throttled = 0
    proxy.fault = (_method, path) => {
      if (path !== '/TraceSegments') return undefined
      throttled++
      return { status: 429, body: '{"__type":"ThrottledException","message":"Rate exceeded"}' }
    }
    const failing = await getFailing()
    await expectArrived(spansOf, failing)
    await expect.poll(() => throttled, { timeout: DECIDED_MS, interval: 100 }).toBeGreaterThan(3)
    expect(await missingIn(segmentsOf, failing)).toEqual(failing)
    proxy.fault = () => undefined
    await expectArrived(segmentsOf, failing, 2 * DECIDED_MS)
  })

  test('traces that an agent accepted while no gateway was reachable survive a killed agent', async () => {
    await gateway.stop()
    const failing = await getFailing()
    const notYetAccepted = async () => {
      const honeycomb = (await readTelemetryHealth(workspace.api))?.providers.honeycomb
      const ids = honeycomb?.enabled ? honeycomb.recentTraceIds : []
      return failing.filter((id) => !ids.includes(id))
    }
    await expect.poll(notYetAccepted, { timeout: 10_000 }).toEqual([])
    agent.child.kill('SIGKILL')
    await agent.stop()
    gateway = await startGateway()
    agent = await startAgent()
    for (const part of [spansOf, segmentsOf]) await expectArrived(part, failing)
  })

  test('traces that a gateway kept while the providers were unreachable survive a killed gateway', async () => {
    await sandbox.stop()
    const failing = await getFailing()
    // Waits for a failed export of spans. Logs fail earlier, before the traces are decided.
    const refused = () =>
      gateway.output().match(/^(?=.*Exporting failed)(?=.*otlp_http\/honeycomb)(?=.*"traces").*$/m)
    await expect.poll(refused, { timeout: DECIDED_MS, interval: 500 }).not.toBeNull()
    gateway.child.kill('SIGKILL')
    await gateway.stop()
    sandbox = await startSandbox()
    gateway = await startGateway()
    for (const part of [spansOf, segmentsOf]) await expectArrived(part, failing)
  })

  test('fewer-logs.yaml drops the log records of good requests, and keeps those of errors', async () => {
    await gateway.stop()
    gateway = await startGateway('fewer-logs.yaml')
    const good = await get('/api/activities/notifications', { 'user-agent': VERIFY_USER_AGENT })
    const failing = await get('/rollbar/test')
    await expectArrived(spansOf, [good, failing])
    const logsOf = async (id: string) =>
      (await workspace.trace(id)).honeycomb.logs.map(({ severityText }) => severityText)
    expect(await logsOf(good)).toEqual([])
    expect(new Set(await logsOf(failing))).toEqual(new Set(['ERROR']))
  })
})
