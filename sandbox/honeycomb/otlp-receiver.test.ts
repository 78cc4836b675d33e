import { randomBytes } from 'node:crypto'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import protobuf from 'protobufjs'
import { afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { MetricList } from '../../contracts/sandbox/metrics.ts'
import {
  HONEYCOMB_KEY,
  JSON_TYPE,
  OTLP_JSON,
  otlpJson,
  sandboxForTest,
  TRACE_ID,
} from '../../tests/harness/sandbox.ts'
import type { RouteRequest } from '../http/router.ts'
import { createHttpServer, drain, listen } from '../http/server.ts'
import { readExport } from './otlp-body.ts'
import { bodyOf } from './otlp-http.ts'
import { encodeProtobuf } from './otlp-schema.ts'

const sandbox = await sandboxForTest()
afterAll(() => sandbox[Symbol.asyncDispose]())

const PROTOBUF = { 'content-type': 'application/x-protobuf' }
const GZIP = { ...PROTOBUF, 'content-encoding': 'gzip' }
const OTLP_PROTOBUF = { ...PROTOBUF, ...HONEYCOMB_KEY }

describe('POST /v1/traces', () => {
  test.each([
    ['uncompressed', (text: string) => Buffer.from(text), {}],
    ['gzipped', (text: string) => gzipSync(text), { 'content-encoding': 'gzip' }],
    ['with zstd', (text: string) => zstdCompressSync(text), { 'content-encoding': 'zstd' }],
  ])('stores JSON %s without losing nanoseconds', async (_how, encode, headers) => {
    const spanId = Math.random().toString(16).slice(2).padEnd(16, '1').slice(0, 16)
    const body = new Uint8Array(encode(otlpJson({ spanId })))
    const response = await sandbox.post('/v1/traces', body, { ...OTLP_JSON, ...headers })
    expect([response.status, await response.text()]).toEqual([200, '{}'])
    const { spans } = (await sandbox.trace(TRACE_ID)).honeycomb
    expect(spans.find((span) => span.spanId === spanId)).toMatchObject({
      startTimeUnixNano: '1763800000123456789',
      durationMs: 100,
    })
  })

  test('stores all kinds of values without loss', async () => {
    const traceId = 'c'.repeat(32)
    const values = {
      big: { intValue: '9007199254740993' },
      bytes: { bytesValue: 'AQI=' },
      map: {
        kvlistValue: { values: [{ key: 'k', value: { arrayValue: { values: [{ boolValue: false }] } } }] },
      },
      none: {},
      nan: { doubleValue: 'NaN' },
      empty: { stringValue: '' },
    }
    const attributes = Object.entries(values).map(([key, value]) => ({ key, value }))
    await sandbox.postSpan({ traceId, attributes })
    expect((await sandbox.trace(traceId)).honeycomb.spans[0]?.attributes).toEqual({
      big: '9007199254740993',
      bytes: { bytesValue: 'AQI=' },
      map: { k: [false] },
      none: null,
      nan: 'NaN',
      empty: '',
    })
  })

  test('a batch sent twice counts once', async () => {
    const body = otlpJson({ traceId: 'd'.repeat(32) })
    for (const again of [body, body]) await sandbox.post('/v1/traces', again, OTLP_JSON)
    expect((await sandbox.trace('d'.repeat(32))).honeycomb.spans).toHaveLength(1)
  })

  test('reports spans with invalid ids', async () => {
    const response = await sandbox.postSpan({ traceId: '0'.repeat(32) })
    expect([response.status, await response.json()]).toMatchObject([
      200,
      { partialSuccess: { rejectedSpans: '1' } },
    ])
  })

  test('answers 401 without a key, in Honeycomb’s words, and as a Status for protobuf', async () => {
    const json = await sandbox.post('/v1/traces', '{}', JSON_TYPE)
    expect([json.status, await json.json()]).toEqual([401, { message: "missing 'x-honeycomb-team' header" }])
    const binary = await sandbox.post('/v1/traces', new Uint8Array(), {
      ...PROTOBUF,
      'x-honeycomb-team': ' ',
    })
    expect(binary.status).toBe(401)
    expect(binary.headers.get('content-type')).toBe('application/x-protobuf')
    const reader = protobuf.Reader.create(new Uint8Array(await binary.arrayBuffer()))
    expect([reader.uint32(), reader.string()]).toEqual([18, "missing 'x-honeycomb-team' header"])
  })

  test('other content types are a 415 in plain text; capitals and parameters make another type', async () => {
    for (const type of ['text/plain', 'Application/JSON', 'application/json; charset=utf-8']) {
      const response = await sandbox.post('/v1/traces', otlpJson(), {
        ...HONEYCOMB_KEY,
        'content-type': type,
      })
      expect([response.status, response.headers.get('content-type'), await response.text()]).toEqual([
        415,
        'text/plain; charset=utf-8',
        'unsupported content-type, valid types are: application/protobuf, application/x-protobuf, application/json',
      ])
    }
  })

  test.each(['0123456789abcdef'.repeat(2), `hcaic_${'0'.repeat(58)}`])(
    'with a key of Honeycomb Classic the dataset comes from a header',
    async (key) => {
      const traceId = randomBytes(16).toString('hex')
      const headers = { ...JSON_TYPE, 'x-honeycomb-team': key }
      const without = await sandbox.post('/v1/traces', otlpJson({ traceId }), headers)
      const message = "missing 'x-honeycomb-dataset' header"
      expect([without.status, await without.json()]).toEqual([401, { message }])
      const named = { ...headers, 'x-honeycomb-dataset': 'classic' }
      expect((await sandbox.post('/v1/traces', otlpJson({ traceId }), named)).status).toBe(200)
      expect((await sandbox.trace(traceId)).honeycomb.spans).toMatchObject([{ dataset: 'classic' }])
      const auth: unknown = await (await sandbox.ask('/1/auth', { headers })).json()
      expect(auth).toMatchObject({ environment: { name: '', slug: '' } })
    },
  )

  test.each([
    ['invalid JSON', 400, '{"resourceSpans":', JSON_TYPE],
    ['JSON of another shape', 400, '{"resourceSpans": 7}', JSON_TYPE],
    ['JSON with an invalid time', 400, otlpJson({ startTimeUnixNano: 'soon' }), JSON_TYPE],
    ['JSON with an id that is neither hex nor base64', 400, otlpJson({ traceId: '!!' }), JSON_TYPE],
    [
      'JSON that is nested too deeply',
      400,
      otlpJson({ attributes: [{ key: 'k', value: deep(500) }] }),
      JSON_TYPE,
    ],
    [
      'JSON with unknown fields that are nested too deeply',
      400,
      otlpJson({ unknown: 'nested' }).replace('"nested"', '['.repeat(100_000) + ']'.repeat(100_000)),
      JSON_TYPE,
    ],
    ['JSON that is null', 400, 'null', JSON_TYPE],
    ['invalid protobuf', 400, 'this is text', PROTOBUF],
    ['invalid gzip', 400, 'this is text', GZIP],
    ['a decompression bomb', 413, new Uint8Array(gzipSync(Buffer.alloc(64 * 1024 * 1024))), GZIP],
    ['a body beyond 20 MiB', 413, new Uint8Array(21 * 1024 * 1024), PROTOBUF],
  ])('answers %s with %i', async (_what, status, body, headers) => {
    const response = await sandbox.post('/v1/traces', body, { ...HONEYCOMB_KEY, ...headers })
    expect(response.status).toBe(status)
    expect(await response.text()).not.toBe('')
  })

  test('the reason is in the answer, for logs and metrics too', async () => {
    const notUtf8 = new Uint8Array([0x0a, 4, 0x1a, 2, 0xff, 0xfe])
    for (const path of ['/v1/traces', '/v1/logs', '/v1/metrics']) {
      const response = await sandbox.post(path, notUtf8, OTLP_PROTOBUF)
      expect([path, response.status]).toEqual([path, 400])
      expect(await response.text()).toContain(
        'failed to parse OTLP request body: The encoded data was not valid',
      )
    }
  })

  test.each([Error, RangeError, TypeError])('an internal %o is a 500, and reported', async (Kind) => {
    const reported: unknown[] = []
    const bug = new Kind('a bug')
    const handle = (request: RouteRequest) =>
      readExport(bodyOf(request), 'ExportLogsServiceRequest', () => {
        throw bug
      })
    const server = createHttpServer({
      allowedHosts: [],
      onInternalError: (error) => reported.push(error),
      routes: [{ method: 'POST', path: '/v1/logs', handle }],
    })
    const url = `http://127.0.0.1:${await listen(server, '127.0.0.1', 0)}/v1/logs`
    const answer = await fetch(url, { method: 'POST', body: '{}', headers: JSON_TYPE })
    await drain(server)
    expect([answer.status, reported]).toEqual([500, [bug]])
  })
})

describe('logs, metrics and datasets', () => {
  test('a log record is part of its trace', async () => {
    const traceId = 'e'.repeat(32)
    const record = {
      traceId,
      spanId: 'f'.repeat(16),
      timeUnixNano: '1763800000123456789',
      severityText: 'INFO',
      body: { stringValue: 'hello' },
    }
    const body = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] })
    expect((await sandbox.post('/v1/logs', body, OTLP_JSON)).status).toBe(200)
    expect((await sandbox.trace(traceId)).honeycomb.logs).toMatchObject([
      { body: 'hello', severityText: 'INFO', dataset: 'unknown_log_source' },
    ])
  })

  test('the points of metrics are counted', async () => {
    const body = encodeProtobuf('ExportMetricsServiceRequest', {
      resourceMetrics: [
        {
          scopeMetrics: [{ metrics: [{ name: 'm', sum: { dataPoints: [{ asInt: '1' }, { asInt: '2' }] } }] }],
        },
      ],
    })
    const headers = { ...OTLP_PROTOBUF, 'x-honeycomb-dataset': 'numbers' }
    expect((await sandbox.post('/v1/metrics', new Uint8Array(body), headers)).status).toBe(200)
    expect((await sandbox.counts()).honeycomb.metricPoints).toBe(2)
    expect(MetricList.parse(await (await sandbox.ask('/sandbox/metrics')).json()).metrics).toMatchObject([
      {
        dataset: 'numbers',
        name: 'm',
        kind: 'sum',
        unit: '',
        points: 2,
        lastWrittenAt: expect.stringMatching(/^\d{4}-/),
      },
    ])
  })

  test.each([
    ['a data point of 1.5 units', { gauge: { dataPoints: [{ asInt: '1.5' }] } }],
    ['data points that are no list', { sum: { dataPoints: {} } }],
    ['a bucket with a negative count', { histogram: { dataPoints: [{ bucketCounts: ['-1'] }] } }],
    ['an attribute that is no pair', { summary: { dataPoints: [{ attributes: [7] }] } }],
    ['an exemplar’s id that is not hex', { gauge: { dataPoints: [{ exemplars: [{ traceId: 'x' }] }] } }],
  ])('metrics in JSON with %s are a 400, and nothing is stored', async (_what, data) => {
    const body = { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'wrong', ...data }] }] }] }
    expect((await sandbox.post('/v1/metrics', JSON.stringify(body), OTLP_JSON)).status).toBe(400)
    const { metrics } = MetricList.parse(await (await sandbox.ask('/sandbox/metrics')).json())
    expect(metrics.map(({ name }) => name)).not.toContain('wrong')
  })

  test('a data point that is no protobuf is a 400', async () => {
    // ExportMetricsServiceRequest, ResourceMetrics, ScopeMetrics, Metric, Gauge, then a data point of one byte.
    const body = new Uint8Array([0x0a, 9, 0x12, 7, 0x12, 5, 0x2a, 3, 0x0a, 1, 0xff])
    expect((await sandbox.post('/v1/metrics', body, OTLP_PROTOBUF)).status).toBe(400)
  })

  test('/1/auth answers with the key’s owner', async () => {
    const response = await sandbox.ask('/1/auth', { headers: HONEYCOMB_KEY })
    expect(await response.json()).toMatchObject({
      api_key_access: { events: true, createDatasets: true },
      team: { slug: 'sandbox' },
      environment: { slug: 'local' },
    })
    expect((await sandbox.ask('/1/auth')).status).toBe(401)
  })

  test('a dataset has the time of its last write', async () => {
    const before = Date.now()
    await sandbox.postSpan({}, 'My Service')
    const response = await sandbox.ask('/1/datasets/my-service', { headers: HONEYCOMB_KEY })
    const dataset = z.object({ name: z.string(), last_written_at: z.string() }).parse(await response.json())
    expect(dataset.name).toBe('My Service')
    expect(Date.parse(dataset.last_written_at)).toBeGreaterThanOrEqual(before)
    expect((await sandbox.ask('/1/datasets/none', { headers: HONEYCOMB_KEY })).status).toBe(404)
  })
})

function deep(levels: number): unknown {
  let value: unknown = { stringValue: 'x' }
  for (let level = 0; level < levels; level++) value = { arrayValue: { values: [value] } }
  return value
}

test('log records that take too much room with their resource are a 413', async () => {
  const resource = { attributes: [{ key: 'k', value: { stringValue: 'x'.repeat(100_000) } }] }
  const scopeLogs = [{ logRecords: Array(700).fill({ severityNumber: 9 }) }]
  const body = JSON.stringify({ resourceLogs: [{ resource, scopeLogs }] })
  const response = await sandbox.post('/v1/logs', body, OTLP_JSON)
  expect([response.status, await response.text()]).toEqual([
    413,
    expect.stringContaining('smaller resources'),
  ])
})
