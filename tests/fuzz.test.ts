import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { request } from 'node:http'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { DATAGRAM_HEADER } from '../contracts/daemon-address.ts'
import { readMemory } from '../scripts/machine/process-facts.ts'
import type { RunningProcess } from './harness/process.ts'
import { scaled } from './harness/scale.ts'
import { createWorkspace, type TestWorkspace } from './harness/workspace.ts'

/** Inputs of each kind. */
const RUNS = scaled(60, 4_500)
const ANSWER_MS = 5_000
const MAX_RSS_MB = 500

const TYPES = [
  'application/json',
  'application/x-protobuf',
  'text/plain',
  'application/json; charset=utf-16',
  '',
]
const ENCODINGS = ['', 'gzip', 'zstd', 'identity', 'br', 'gzip, gzip']
const CREDENTIALS = {
  'x-honeycomb-team': 'key',
  'x-rollbar-access-token': 'token',
  authorization: 'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/xray/aws4_request',
}

/** Each receiver with a body that is almost valid, which the tests change at random. */
const BODIES: Readonly<Record<string, unknown>> = {
  '/v1/traces': {
    resourceSpans: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'fuzz' } }] },
        scopeSpans: [{ spans: [{ traceId: `${'0'.repeat(31)}1`, spanId: `${'0'.repeat(15)}1`, name: 'a' }] }],
      },
    ],
  },
  '/v1/logs': { resourceLogs: [{ scopeLogs: [{ logRecords: [{ body: { stringValue: 'a' } }] }] }] },
  '/v1/metrics': {
    resourceMetrics: [
      { scopeMetrics: [{ metrics: [{ name: 'a', gauge: { dataPoints: [{ asInt: '1' }] } }] }] },
    ],
  },
  '/TraceSegments': { TraceSegmentDocuments: ['{"name":"a","id":"1","trace_id":"1"}'] },
  '/Traces': { TraceIds: ['1-69200000-000000000000000000000001'] },
  '/TraceSummaries': { StartTime: 1, EndTime: 2, FilterExpression: 'service("a") { fault }' },
  '/ServiceGraph': { StartTime: 1, EndTime: 2, GroupName: 'a' },
  '/TraceGraph': { TraceIds: ['1-69200000-000000000000000000000001'] },
  '/CreateGroup': { GroupName: 'a', FilterExpression: 'fault' },
  '/UpdateGroup': { GroupName: 'a', InsightsConfiguration: { InsightsEnabled: true } },
  '/CreateSamplingRule': { SamplingRule: { RuleName: 'a', Priority: 1, FixedRate: 0.1, ReservoirSize: 1 } },
  '/UpdateSamplingRule': { SamplingRuleUpdate: { RuleName: 'Default', FixedRate: 0.1 } },
  '/SamplingTargets': { SamplingStatisticsDocuments: [{ RuleName: 'Default', ClientID: 'a'.repeat(24) }] },
  '/TagResource': { ResourceARN: 'arn', Tags: [{ Key: 'a', Value: 'b' }] },
  '/TelemetryRecords': { TelemetryRecords: [{}] },
  '/UpdateIndexingRule': { Name: 'Default', Rule: { Probabilistic: { DesiredSamplingPercentage: 1 } } },
  '/StartTraceRetrieval': { TraceIds: ['a'], StartTime: 1, EndTime: 2 },
  '/ListRetrievedTraces': { RetrievalToken: 'a' },
  '/api/1/item/': { data: { environment: 'a', body: { trace: { exception: { class: 'E' }, frames: [] } } } },
}

const RECEIVERS = Object.keys(BODIES)

let workspace: TestWorkspace
let sandbox: RunningProcess

beforeAll(async () => {
  workspace = await createWorkspace()
  sandbox = await workspace.start('sandbox')
})

afterAll(async () => {
  expect(await sandbox.stop()).toBe(0)
  await workspace.dispose()
})

/** Sends a request that `fetch` would not send, and returns the status. */
function send(
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: Uint8Array | string,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port: workspace.ports.sandbox, method, path, headers, timeout: ANSWER_MS },
      (response) => {
        response.resume()
        response.once('end', () => resolve(response.statusCode ?? 0))
        response.once('error', reject)
      },
    )
    sent.once('timeout', () => sent.destroy(new Error(`no answer within ${ANSWER_MS} ms`)))
    sent.once('error', reject)
    sent.end(body)
  })
}

/** The value with one part replaced, at any depth. */
function changed(value: unknown): fc.Arbitrary<unknown> {
  const anything = fc.anything({ withNullPrototype: false, maxDepth: 3 })
  const odd = fc.oneof(
    anything,
    fc.constantFrom<unknown>(null, '', -1, 1e308, 'a'.repeat(5_000), [], {}, [[[]]]),
  )
  if (typeof value !== 'object' || value === null) return odd
  const keys = Object.keys(value)
  if (keys.length === 0) return odd
  return fc.oneof(
    { weight: 1, arbitrary: odd },
    {
      weight: 4,
      arbitrary: fc
        .constantFrom(...keys)
        .chain((key) =>
          changed((value as Record<string, unknown>)[key]).map((part) =>
            Array.isArray(value)
              ? value.map((one, index) => (String(index) === key ? part : one))
              : { ...value, [key]: part },
          ),
        ),
    },
  )
}

const check = (property: fc.IAsyncProperty<never>) =>
  fc.assert(property, { numRuns: RUNS, endOnFailure: true, verbose: fc.VerbosityLevel.Verbose })

describe(`the sandbox survives ${RUNS} inputs of each kind`, { timeout: 300_000 }, () => {
  test('any bytes at any receiver, with any type and encoding: 2xx or 4xx, never 5xx', async () => {
    const input = fc.record({
      path: fc.constantFrom(...RECEIVERS),
      type: fc.constantFrom(...TYPES),
      encoding: fc.constantFrom(...ENCODINGS),
      isPacked: fc.boolean(),
      body: fc.uint8Array({ maxLength: 2_000 }),
    })
    await check(
      fc.asyncProperty(input, async ({ path, type, encoding, isPacked, body }) => {
        const headers = {
          ...CREDENTIALS,
          ...(type && { 'content-type': type }),
          ...(encoding && { 'content-encoding': encoding }),
        }
        expect(await send('POST', path, headers, isPacked ? gzipSync(body) : body)).toSatisfy(isNoFailure)
      }) as never,
    )
  })

  test('JSON that is almost valid', async () => {
    const input = fc
      .constantFrom(...RECEIVERS)
      .chain((path) => fc.record({ path: fc.constant(path), value: changed(BODIES[path]) }))
    await check(
      fc.asyncProperty(input, async ({ path, value }) => {
        const body =
          JSON.stringify(value, (_key, part) => (typeof part === 'bigint' ? String(part) : part)) ?? ''
        const headers = { ...CREDENTIALS, 'content-type': 'application/json' }
        expect(await send('POST', path, headers, body)).toSatisfy(isNoFailure)
      }) as never,
    )
  })

  test('segment documents, by the API and by datagrams', async () => {
    const socket = createSocket('udp4')
    const document = {
      name: 'a',
      id: '0000000000000001',
      trace_id: '1-69200000-000000000000000000000001',
      start_time: 1,
      end_time: 2,
      http: { request: { url: 'http://a/' }, response: { status: 200 } },
      annotations: { a: 1 },
      cause: { exceptions: [{ message: 'a' }] },
      subsegments: [{ name: 'b', id: '0000000000000002', start_time: 1, end_time: 2, namespace: 'remote' }],
    }
    const text = fc.oneof(
      changed(document).map((value) =>
        String(JSON.stringify(value, (_k, v) => (typeof v === 'bigint' ? 1 : v))),
      ),
      fc.string({ maxLength: 500 }),
    )
    const header = fc.constantFrom(DATAGRAM_HEADER, '{"format": "JSON"}\n', '', '\n', '{"version":9}\n')
    await check(
      fc.asyncProperty(text, header, async (one, head) => {
        socket.send(head + one, workspace.ports.daemon, '127.0.0.1')
        const body = JSON.stringify({ TraceSegmentDocuments: [one] })
        expect(await send('POST', '/TraceSegments', { 'content-type': 'application/json' }, body)).toBe(200)
      }) as never,
    )
    const closed = once(socket, 'close')
    socket.close()
    await closed
  })

  test('filter expressions', async () => {
    const words =
      'fault error service edge id annotation http group name rootcause json last index root . ( ) { }'
    const symbols = '"a" " = != < >= CONTAINS AND OR ! 5 -1 1e999 , : [ ] # #[{ }] \\'
    const word = fc.constantFrom(...`${words} ${symbols}`.split(' '))
    const filter = fc.oneof(
      fc.array(word, { maxLength: 30 }).map((words) => words.join(' ')),
      fc.string({ maxLength: 300 }),
      fc.nat(2_000).map((depth) => `${'('.repeat(depth)}fault${')'.repeat(depth)}`),
    )
    await check(
      fc.asyncProperty(filter, async (FilterExpression) => {
        const body = JSON.stringify({ StartTime: 0, EndTime: 100, FilterExpression })
        const status = await send('POST', '/TraceSummaries', { 'content-type': 'application/json' }, body)
        expect([200, 400]).toContain(status)
      }) as never,
    )
  })

  test('methods, paths and queries', async () => {
    const path = fc.oneof(
      fc.webPath(),
      fc.constantFrom('/sandbox/traces', '/trace/1', '/1/datasets/a', '/api/1/item/1', '/api/1/items', '/'),
    )
    const query = fc.oneof(
      fc.webQueryParameters(),
      fc.constantFrom('limit=-1', 'limit=1e9', 'since=never', 'error=2'),
    )
    const method = fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE')
    await check(
      fc.asyncProperty(method, path, query, async (verb, at, asked) => {
        expect(await send(verb, `${at || '/'}?${asked}`, CREDENTIALS)).toSatisfy(isNoFailure)
      }) as never,
    )
  })

  test('afterwards the sandbox answers, stores a segment, and has not grown', async () => {
    const traceId = '1-69200000-0000000000000000000000aa'
    const document = { name: 'a', id: '00000000000000aa', trace_id: traceId, start_time: 1, end_time: 2 }
    const body = JSON.stringify({ TraceSegmentDocuments: [JSON.stringify(document)] })
    expect(await send('POST', '/TraceSegments', { 'content-type': 'application/json' }, body)).toBe(200)
    expect((await workspace.trace(traceId)).xray.segments).toHaveLength(1)
    expect(sandbox.child.exitCode).toBeNull()
    expect(sandbox.output().split('\n').slice(1).join('\n')).toBe('')
    expect((readMemory(sandbox.child.pid ?? 0) ?? 0) / 1024 / 1024).toBeLessThan(MAX_RSS_MB)
  })
})

function isNoFailure(status: number): boolean {
  return status >= 200 && status < 500
}
