import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { telemetryHealthSchema } from '../contracts/telemetry-health.ts'
import { newSpanId, newTraceId } from '../contracts/trace-id.ts'
import { histogramPoints } from './harness/otlp-metrics.ts'
import type { RunningProcess } from './harness/process.ts'
import { startProxy, type TestProxy } from './harness/proxy.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

describe('logs and metrics', () => {
  let workspace: TestWorkspace
  let profiles: RunningProcess
  let api: RunningProcess
  let proxy: TestProxy
  /** Bodies of requests to `/v1/metrics`. */
  const exports: Buffer[] = []
  const keepExport = (body: Buffer) => {
    exports.push(body)
    return { passedOn: body, answer: new Uint8Array() }
  }

  beforeAll(async () => {
    proxy = await startProxy(() => workspace.sandbox)
    proxy.fault = (_method, path) => (path === '/v1/metrics' ? { accept: keepExport } : undefined)
    workspace = await createWorkspace({ OTEL_EXPORTER_OTLP_ENDPOINT: proxy.url })
    await workspace.startSandboxHere()
    ;[profiles, api] = await Promise.all([
      workspace.start('profiles'),
      workspace.start('api', { NODE_ENV: 'production' }),
    ])
  })

  afterAll(async () => {
    await workspace.dispose()
    await proxy[Symbol.asyncDispose]()
  })

  const lines = () =>
    api
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>)

  const ask = async (path: string, flags: string) => {
    const traceId = newTraceId()
    const headers = { traceparent: `00-${traceId}-${newSpanId()}-${flags}`, authorization: 'Bearer no' }
    await (await fetch(`${workspace.api}${path}`, { headers })).text()
    return traceId
  }

  const logsOf = async (traceId: string) => (await workspace.trace(traceId)).honeycomb.logs

  test('a request is one line, with its trace, route, status and duration, and one record beside the trace', async () => {
    const traceId = await ask('/api/activities/home?token=s3cret', '01')
    const expected = {
      'http.request.method': 'GET',
      'url.path': '/api/activities/home',
      'http.route': '/api/activities/home',
      'http.response.status_code': 200,
      duration_ms: expect.any(Number),
    }
    await expect
      .poll(async () => (await logsOf(traceId)).filter(({ service }) => service === 'cruddur-backend'))
      .toMatchObject([{ severityText: 'INFO', attributes: expected }])
    const { spans } = (await workspace.trace(traceId)).honeycomb
    const server = spans.find(({ kind, service }) => kind === 'SERVER' && service === 'cruddur-backend')
    expect(lines().filter((line) => line.trace_id === traceId)).toMatchObject([
      { ...expected, level: 30, service: 'cruddur-backend', span_id: server?.spanId },
    ])
    expect((await logsOf(traceId)).map(({ spanId }) => spanId)).toContain(server?.spanId)
    expect(profiles.output()).toMatch(
      new RegExp(
        `^\\d\\d:\\d\\d:\\d\\d\\.\\d{3} info +GET /api/profiles 200 in [\\d.]+ ms {2}trace=${traceId}$`,
        'm',
      ),
    )
  })

  test('an error is logged with its stack and the occurrence’s uuid, and sent even if its trace is not sampled', async () => {
    const traceId = await ask('/rollbar/test', '00')
    await expect
      .poll(async () => (await logsOf(traceId)).map(({ severityText }) => severityText))
      .toEqual(['ERROR', 'ERROR'])
    const [error] = await logsOf(traceId)
    expect(error?.attributes).toMatchObject({
      'exception.type': 'DeliberateError',
      'exception.stacktrace': expect.stringContaining('rollbar-test.ts'),
      'rollbar.uuid': expect.stringMatching(/^[0-9a-f-]{36}$/),
    })
  })

  test('a request that is not sampled has a line and no record', async () => {
    const unsampled = await ask('/api/activities/home', '00')
    const sampled = await ask('/api/activities/home', '01')
    await expect.poll(async () => (await logsOf(sampled)).length).toBeGreaterThan(0)
    expect(await logsOf(unsampled)).toEqual([])
    expect(lines().some((line) => line.trace_id === unsampled)).toBe(true)
  })

  test('health checks have no line', async () => {
    await fetch(`${workspace.api}/health`)
    await ask('/api/activities/home', '01')
    expect(api.output()).not.toContain('"url.path":"/health')
  })

  test('/health/telemetry counts the records', async () => {
    for (let i = 0; i < 4; i++) await ask('/api/activities/home', '01')
    const read = async (): Promise<unknown> => (await fetch(`${workspace.api}/health/telemetry`)).json()
    await expect
      .poll(async () => {
        const { logs } = telemetryHealthSchema.parse(await read())
        return logs.enabled ? logs.accepted : 0
      })
      .toBeGreaterThan(3)
    const report = await read()
    expect(telemetryHealthSchema.parse(report), 'the contract names every field').toEqual(report)
    expect(report).toMatchObject({ logs: { enabled: true, refused: 0, dropped: 0 } })
  })

  test('SIGTERM sends the metrics of requests and runtime, with exemplars, to a separate dataset', async () => {
    // Alone in its time series, so that it is the exemplar.
    const sampled = await ask('/api/activities/notifications', '01')
    const unsampled = await ask('/api/activities/notifications', '00')
    expect(await api.stop()).toBe(0)
    const points = exports.flatMap((body) => histogramPoints(body, 'http.server.request.duration'))
    const exemplars = points.flatMap((point) => point.exemplars.map((exemplar) => ({ ...exemplar, point })))
    expect(exemplars.map(({ traceId }) => traceId)).toContain(sampled)
    expect(exemplars.map(({ traceId }) => traceId)).not.toContain(unsampled)
    for (const { point, traceId, spanId, value, timeMs } of exemplars) {
      const bucket = point.bounds.findIndex((bound) => value <= bound)
      expect(point.bucketCounts[bucket]).toBeGreaterThan(0)
      expect(timeMs).toBeGreaterThanOrEqual(point.startMs)
      expect(timeMs).toBeLessThanOrEqual(point.timeMs)
      const { spans } = (await workspace.trace(traceId)).honeycomb
      const span = spans.find((one) => one.spanId === spanId)
      expect(span?.attributes).toMatchObject(point.attributes)
      // Both end in the same callback of the response, between which a busy machine may pause.
      expect(span?.durationMs).toBeCloseTo(value * 1_000, -3)
    }
    const { metrics: rows } = (await (await fetch(`${workspace.sandbox}/sandbox/metrics`)).json()) as {
      metrics: { dataset: string; name: string }[]
    }
    const names = rows.filter(({ dataset }) => dataset === 'cruddur-backend-metrics').map(({ name }) => name)
    expect(names).toContain('http.server.request.duration')
    expect(names).toContain('nodejs.eventloop.utilization')
    expect(names).toContain('v8js.memory.heap.used')
    expect(names.filter((name) => name.startsWith('http.client'))).toEqual([])
  })
})
