import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { Agent, get, request } from 'node:http'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import type { RunningProcess } from './harness/process.ts'
import { IS_LONG, scaled } from './harness/scale.ts'
import { eventually } from './harness/wait-for.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

/** The slowest answer of `/health` while a body is read; on a quiet machine it is below 200 ms. */
const MAX_HEALTH_MS = 700
/** On a busy machine it may take longer: this part of the whole time. */
const MAX_HEALTH_PART = 1 / 4
const MAX_RSS_MB = scaled(450, 800)
const MB = 1024 * 1024
/** Honeycomb's limit. */
const LIMIT_BYTES = 20 * MB

let workspace: TestWorkspace
let sandbox: RunningProcess
const agent = new Agent({ keepAlive: true, maxSockets: 200 })

beforeAll(async () => {
  workspace = await createWorkspace()
  sandbox = await workspace.start('sandbox')
})
afterEach(() => {
  console.info(`large bodies: the sandbox's resident memory was at most ${peakRssMb()?.toFixed(0)} MB`)
  expect(peakRssMb() ?? 0).toBeLessThan(MAX_RSS_MB)
})
afterAll(async () => {
  agent.destroy()
  expect(await sandbox.stop()).toBe(0)
  await workspace.dispose()
})

const hex = (bytes: number) => randomBytes(bytes).toString('hex')
const START_NS = '1763800000123456789'
const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'large' } }] }

/** OTLP/JSON with spans, each in its own trace. */
function spansJson(count: number): string {
  const spans = Array.from({ length: count }, () => ({
    ...{ traceId: hex(16), spanId: hex(8), name: 'GET /api', kind: 2 },
    ...{ startTimeUnixNano: START_NS, endTimeUnixNano: START_NS },
  }))
  return JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] })
}

const SPANS = scaled(6_000, 105_000)
const POINTS = scaled(10_000, 190_000)
const RECORDS = scaled(5_000, 100_000)

test(`${SPANS} spans in one request: /health is answered meanwhile, and all are stored`, async () => {
  const before = await counts()
  const body = spansJson(SPANS)
  expect(body.length).toBeLessThan(LIMIT_BYTES)
  expect(await whileHealthIsAnswered(() => post('/v1/traces', body))).toEqual([200])
  expect((await counts()).honeycomb.spans - before.honeycomb.spans).toBe(SPANS)
})

test(`${RECORDS} log records, and ${POINTS} data points, in one request each`, async () => {
  const before = await counts()
  const logRecords = Array.from({ length: RECORDS }, () => ({
    timeUnixNano: START_NS,
    body: { stringValue: 'a line' },
  }))
  const dataPoints = Array.from({ length: POINTS }, (_, asDouble) => ({ timeUnixNano: START_NS, asDouble }))
  const metrics = [{ name: 'large', gauge: { dataPoints } }]
  const statuses = await whileHealthIsAnswered(() =>
    Promise.all([
      post('/v1/logs', JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] })),
      post('/v1/metrics', JSON.stringify({ resourceMetrics: [{ resource, scopeMetrics: [{ metrics }] }] })),
    ]).then((all) => all.flat()),
  )
  expect(statuses).toEqual([200, 200])
  const { honeycomb } = await counts()
  expect(honeycomb.logs - before.honeycomb.logs).toBe(RECORDS)
  expect(honeycomb.metricPoints - before.honeycomb.metricPoints).toBe(POINTS)
})

test('a Rollbar item of one megabyte, documents of three, JSON that is nested deeply, and four million objects', async () => {
  const frames = Array.from({ length: 45_000 }, () => ({ filename: 'a.ts' }))
  const trace = { exception: { class: 'Error', message: 'large' }, frames }
  const item = JSON.stringify({ access_token: 'token', data: { environment: 'test', body: { trace } } })
  const nowS = Math.floor(Date.now() / 1_000)
  const documents = Array.from({ length: 50 }, () =>
    JSON.stringify({
      ...{ name: 'large', id: hex(8), trace_id: `1-${nowS.toString(16)}-${hex(12)}` },
      ...{ start_time: nowS, end_time: nowS, metadata: { default: { text: 'x'.repeat(60_000) } } },
    }),
  )
  const before = await counts()
  const nested = `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"${hex(16)}","spanId":"${hex(8)}","x":${'['.repeat(200_000)}${']'.repeat(200_000)}}]}]}]}`
  const objects = `{"resourceSpans":[${'{},'.repeat(4_500_000)}{}]}`
  const statuses = await whileHealthIsAnswered(async () => [
    ...(await post('/api/1/item/', item)),
    ...(await post('/TraceSegments', JSON.stringify({ TraceSegmentDocuments: documents }))),
    ...(await post('/v1/traces', nested)),
    ...(await post('/v1/traces', objects)),
  ])
  expect(statuses).toEqual([200, 200, 400, 413])
  const after = await counts()
  expect(after.rollbar.items - before.rollbar.items).toBe(1)
  expect(after.xray.received - before.xray.received).toBe(50)
})

const BOMBS = scaled(20, 150)
test(`${BOMBS} compressed bodies that become ${scaled(3, 20)} MB, at once`, { timeout: 60_000 }, async () => {
  const spaces = `{"resourceSpans":[${' '.repeat(scaled(3 * MB, LIMIT_BYTES - 40))}]}`
  const bodies = { gzip: gzipSync(spaces), zstd: zstdCompressSync(spaces) }
  const small = gzipSync(spansJson(2))
  const statuses = await whileHealthIsAnswered(async () => {
    const bombs = Promise.all(
      Array.from({ length: BOMBS }, (_, index) => {
        const encoding = index % 2 ? 'gzip' : 'zstd'
        return post('/v1/traces', bodies[encoding], { 'content-encoding': encoding })
      }),
    )
    // A small body of another sender waits for none of them.
    expect(await post('/v1/traces', small, { 'content-encoding': 'gzip' })).toEqual([200])
    return (await bombs).flat()
  })
  expect(new Set([...statuses, 200, 503])).toEqual(new Set([200, 503]))
  expect(statuses).toContain(200)
  expect(await post('/v1/traces', spansJson(5_000))).toEqual([200])
})

test.runIf(IS_LONG)(
  'a sender of many large bodies keeps no other from the sandbox, and memory is given back',
  { timeout: 120_000 },
  async () => {
    const flood = gzipSync(spansJson(60_000))
    const batch = JSON.parse(spansJson(512))
    batch.text = 'x'.repeat(300_000)
    let isOver = false
    const floods = Array.from({ length: 6 }, async () => {
      while (!isOver) await post('/v1/traces', flood, { 'content-encoding': 'gzip' })
    })
    for (let batches = 0; batches < 5; batches++) {
      const app = { 'x-honeycomb-team': 'of an app' }
      expect(await post('/v1/traces', JSON.stringify(batch), app)).toEqual([200])
    }
    isOver = true
    await Promise.all(floods)
    await eventually(
      () => memoryMb('VmRSS') ?? 0,
      (megabytes) => megabytes < 450,
      30_000,
    )
  },
)

/** Asks for `/health` again and again until `run` has ended, and checks the slowest answer. */
async function whileHealthIsAnswered<Result>(run: () => Promise<Result>): Promise<Result> {
  let isOver = false
  let slowestMs = 0
  let answers = 0
  const asking = (async () => {
    do {
      const startedMs = performance.now()
      await counts()
      slowestMs = Math.max(slowestMs, performance.now() - startedMs)
      answers++
    } while (!isOver)
  })()
  const startedMs = performance.now()
  const result = await run().finally(() => {
    isOver = true
  })
  await asking
  const tookMs = performance.now() - startedMs
  const limitMs = Math.max(MAX_HEALTH_MS, tookMs * MAX_HEALTH_PART)
  console.info(
    `large bodies: slowest of ${answers} answers of /health ${slowestMs.toFixed(0)} ms, in ${tookMs.toFixed(0)} ms`,
  )
  expect(slowestMs).toBeLessThan(limitMs)
  return result
}

interface Counts {
  readonly honeycomb: { readonly spans: number; readonly logs: number; readonly metricPoints: number }
  readonly xray: { readonly received: number }
  readonly rollbar: { readonly items: number }
}

function counts(): Promise<Counts> {
  return new Promise((resolve, reject) => {
    get({ agent, host: '127.0.0.1', port: workspace.ports.sandbox, path: '/health' }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      response.once('end', () => resolve(JSON.parse(text).providers))
    }).once('error', reject)
  })
}

/** The status of the answer. */
function post(
  path: string,
  body: string | Buffer,
  headers: Record<string, string> = {},
): Promise<[number | undefined]> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        ...{ agent, host: '127.0.0.1', port: workspace.ports.sandbox, path, method: 'POST' },
        headers: { 'content-type': 'application/json', 'x-honeycomb-team': 'key', ...headers },
      },
      (response) => {
        response.resume()
        response.once('end', () => resolve([response.statusCode]))
      },
    )
    sent.once('error', reject)
    sent.end(body)
  })
}

/** Linux keeps the most that a process had. */
const peakRssMb = () => memoryMb('VmHWM')

/** Undefined on a system without /proc. */
function memoryMb(name: 'VmHWM' | 'VmRSS'): number | undefined {
  try {
    const status = readFileSync(`/proc/${sandbox.child.pid}/status`, 'utf8')
    return Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024
  } catch {
    return undefined
  }
}
