import { randomBytes } from 'node:crypto'
import { deflateSync, gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { QueryAnswer } from '../../contracts/sandbox/query.ts'
import { SandboxTrace } from '../../contracts/sandbox/trace.ts'
import { HONEYCOMB_KEY, JSON_TYPE, OTLP_JSON, otlpJson, sandboxForTest } from '../../tests/harness/sandbox.ts'
import { encodeProtobuf } from './otlp-schema.ts'

// What OTLP does not have, or has in another way, and Honeycomb takes.
// Source: https://github.com/honeycombio/husky/tree/main/otlp

const sandbox = await sandboxForTest({ daemon: undefined })
afterAll(() => sandbox[Symbol.asyncDispose]())

const hex = (bytes: number) => randomBytes(bytes).toString('hex')
const base64 = (id: string) => Buffer.from(id, 'hex').toString('base64')
const TIMES = { startTimeUnixNano: '1763800000000000000', endTimeUnixNano: '1763800000100000000' }

const spansOf = async (traceId: string) => (await sandbox.trace(traceId)).honeycomb.spans

function postProtobuf(...spans: readonly object[]) {
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'unusual' } }] }
  const body = encodeProtobuf('ExportTraceServiceRequest', {
    resourceSpans: [{ resource, scopeSpans: [{ spans: spans.map((span) => ({ ...TIMES, ...span })) }] }],
  })
  return sandbox.post('/v1/traces', new Uint8Array(body), {
    ...HONEYCOMB_KEY,
    'content-type': 'application/x-protobuf',
  })
}

/** The columns of the events of one trace, as the Ask page groups them. */
async function columnsOf(traceId: string, ...names: string[]) {
  const question = {
    calculations: [{ op: 'COUNT' }],
    breakdowns: names,
    filters: [{ column: 'trace.trace_id', op: '=', value: traceId }],
    time_range: 3_600,
    end_time: 1_763_801_000,
  }
  const answer = await sandbox.post('/sandbox/query?dataset=__all__', JSON.stringify(question), JSON_TYPE)
  const body: unknown = await answer.json()
  expect(answer.status, JSON.stringify(body)).toBe(200)
  return QueryAnswer.parse(body).results.map((row) => names.map((name) => row[name]))
}

describe('names of enums in JSON', () => {
  test('kind and status code', async () => {
    const traceId = hex(16)
    const status = { code: 'STATUS_CODE_ERROR', message: 'no' }
    await sandbox.postSpan({ traceId, kind: 'SPAN_KIND_CONSUMER', status })
    await sandbox.postSpan({
      traceId,
      spanId: hex(8),
      kind: 'SPAN_KIND_OF_ITS_OWN',
      status: { code: 'OKAY' },
    })
    expect(await spansOf(traceId)).toMatchObject([
      { kind: 'CONSUMER', status: { code: 'ERROR', message: 'no' } },
      { kind: 'UNSPECIFIED', status: { code: 'UNSET' } },
    ])
  })

  test.each([
    ['SEVERITY_NUMBER_TRACE', 1],
    ['SEVERITY_NUMBER_INFO2', 10],
    ['SEVERITY_NUMBER_FATAL4', 24],
    ['SEVERITY_NUMBER_UNSPECIFIED', 0],
    [17, 17],
  ])('severity %s is %i', async (severityNumber, expected) => {
    const traceId = hex(16)
    const logRecords = [{ traceId, severityNumber, body: { stringValue: 'x' } }]
    const body = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] })
    expect((await sandbox.post('/v1/logs', body, OTLP_JSON)).status).toBe(200)
    expect((await sandbox.trace(traceId)).honeycomb.logs).toMatchObject([{ severityNumber: expected }])
  })

  test('an unknown severity is a 400', async () => {
    const logRecords = [{ severityNumber: 'SEVERITY_NUMBER_LOUD' }]
    const body = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] })
    expect((await sandbox.post('/v1/logs', body, OTLP_JSON)).status).toBe(400)
  })
})

describe('ids', () => {
  test('base64 in JSON, with or without padding, is the same id as hex', async () => {
    const [traceId, spanId, parentSpanId] = [hex(16), hex(8), hex(8)]
    const link = { traceId: base64(hex(16)), spanId: base64(parentSpanId) }
    const ids = { traceId: base64(traceId), spanId: base64(spanId), parentSpanId: base64(parentSpanId) }
    await sandbox.postSpan({ ...ids, links: [link] })
    const unpadded = Object.entries(ids).map(([name, id]) => [name, id.replace(/=+$/, '')])
    await sandbox.postSpan({ ...Object.fromEntries(unpadded), name: 'again' })
    await sandbox.postSpan({ traceId, spanId: parentSpanId, name: 'parent' })
    const logRecords = [{ traceId: base64(traceId), spanId: base64(spanId), body: { stringValue: 'x' } }]
    const logs = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] })
    expect((await sandbox.post('/v1/logs', logs, OTLP_JSON)).status).toBe(200)
    const { honeycomb } = await sandbox.trace(traceId)
    expect(honeycomb.spans).toMatchObject([
      { traceId, spanId, parentSpanId, name: 'again' },
      { traceId, spanId: parentSpanId, name: 'parent' },
    ])
    expect(honeycomb.logs).toMatchObject([{ traceId, spanId }])
  })

  test('trace ids of 8 bytes, or of 16 that begin with 8 zeros, are one trace, with 16 digits in Honeycomb’s column', async () => {
    const short = hex(8)
    const long = `${'0'.repeat(16)}${short}`
    const spanId = hex(8)
    const links = [{ traceId: Buffer.from(short, 'hex'), spanId: Buffer.from(spanId, 'hex') }]
    const answer = await postProtobuf(
      { traceId: Buffer.from(short, 'hex'), spanId: Buffer.from(spanId, 'hex'), links },
      { traceId: Buffer.from(long, 'hex'), spanId: randomBytes(8) },
    )
    expect([answer.status, (await answer.arrayBuffer()).byteLength]).toEqual([200, 0])
    await sandbox.postSpan({ traceId: long, spanId: hex(8) })
    expect(await spansOf(long)).toHaveLength(3)
    expect(await spansOf(short)).toHaveLength(3)
    expect(await columnsOf(short, 'trace.trace_id', 'trace.link.trace_id')).toEqual(
      expect.arrayContaining([
        [short, null],
        [short, short],
      ]),
    )
    const { requests } = (await (await sandbox.ask(`/sandbox/requests?text=${long}`)).json()) as {
      requests: { traceId: string }[]
    }
    expect(requests.map(({ traceId }) => traceId)).toEqual([long])
  })

  test('span ids of another length are taken as they are; absent, zero and longer ids are rejected', async () => {
    const traceId = randomBytes(16)
    const answer = await postProtobuf(
      { traceId, spanId: Buffer.from('abcd', 'hex') },
      { traceId, spanId: randomBytes(16), parentSpanId: Buffer.from('abcd', 'hex') },
      { traceId, spanId: Buffer.alloc(0) },
      { traceId, spanId: Buffer.alloc(3) },
      { traceId, spanId: randomBytes(17) },
      { traceId: randomBytes(17), spanId: randomBytes(8) },
      { traceId: Buffer.alloc(8), spanId: randomBytes(8) },
    )
    expect(Buffer.from(await answer.arrayBuffer())[3]).toBe(5) // rejected_spans
    const spans = await spansOf(traceId.toString('hex'))
    expect(spans.map(({ spanId, parentSpanId }) => [spanId.length, parentSpanId])).toEqual(
      expect.arrayContaining([
        [4, ''],
        [32, 'abcd'],
      ]),
    )
    const list = (await (await sandbox.ask('/sandbox/traces?service=unusual&limit=1000')).json()) as {
      traces: { traceId: string; spans: number }[]
    }
    expect(list.traces.find((one) => one.traceId === traceId.toString('hex'))?.spans).toBe(2)
  })

  test('a client and a server that share an id, as Zipkin’s do, are two spans; each sent again counts once', async () => {
    const shared = { traceId: hex(16), spanId: hex(8), parentSpanId: hex(8) }
    const post = () =>
      Promise.all([
        sandbox.postSpan({ ...shared, kind: 3, name: 'call' }, 'caller'),
        sandbox.postSpan({ ...shared, kind: 2, name: 'answer' }, 'callee'),
      ])
    await post()
    await post()
    const spans = await spansOf(shared.traceId)
    expect(spans.map(({ name, kind, service }) => [name, kind, service]).toSorted()).toEqual([
      ['answer', 'SERVER', 'callee'],
      ['call', 'CLIENT', 'caller'],
    ])
    await sandbox.postSpan(
      { ...shared, spanId: hex(8), parentSpanId: shared.spanId, name: 'below' },
      'callee',
    )
    const lenses = (await (await sandbox.ask(`/sandbox/traces/${shared.traceId}/lenses`)).json()) as {
      spans: { name: string; id: string; parentId: string }[]
    }
    const parents = lenses.spans.map(({ name, parentId }) => [
      name,
      lenses.spans.find(({ id }) => id === parentId)?.name,
    ])
    expect(Object.fromEntries(parents)).toEqual({ call: undefined, answer: 'call', below: 'answer' })
    const { traces } = (await (await sandbox.ask('/sandbox/traces?service=callee')).json()) as {
      traces: { spans: number }[]
    }
    expect(traces.map((trace) => trace.spans)).toEqual([3])
  })
})

test('a span that ends before it starts has the duration 0 and meta.invalid_duration; one without an end has 0', async () => {
  const [backwards, endless] = [hex(16), hex(16)]
  const { startTimeUnixNano, endTimeUnixNano } = TIMES
  const wrong = { startTimeUnixNano: endTimeUnixNano, endTimeUnixNano: startTimeUnixNano }
  await sandbox.postSpan({ traceId: backwards, ...wrong })
  await sandbox.postSpan({ traceId: endless, startTimeUnixNano, endTimeUnixNano: '0' })
  expect(await columnsOf(backwards, 'duration_ms', 'meta.invalid_duration')).toEqual([[0, true]])
  expect(await columnsOf(endless, 'duration_ms', 'meta.invalid_duration')).toEqual([[0, null]])
  for (const traceId of [backwards, endless]) {
    const trace = SandboxTrace.parse(await (await sandbox.ask(`/sandbox/traces/${traceId}`)).json())
    expect(trace.honeycomb.spans).toMatchObject([{ durationMs: 0 }])
  }
  const { traces } = (await (await sandbox.ask('/sandbox/traces?limit=1000')).json()) as {
    traces: { traceId: string; durationMs: number }[]
  }
  const durations = traces.filter(({ traceId }) => [backwards, endless].includes(traceId))
  expect(durations.map(({ durationMs }) => durationMs)).toEqual([0, 0])
})

describe('Content-Encoding', () => {
  test.each(['identity', 'deflate', 'GZIP', 'br'])(
    '%s is a 400 for traces, with its name',
    async (encoding) => {
      const response = await sandbox.post('/v1/traces', otlpJson(), {
        ...OTLP_JSON,
        'content-encoding': encoding,
      })
      expect([response.status, await response.json()]).toEqual([
        400,
        { message: `failed to parse OTLP request body: unsupported content encoding "${encoding}"` },
      ])
    },
  )

  test.each(['/v1/logs', '/v1/metrics'])('%s is read as it is', async (path) => {
    const send = (body: Buffer, encoding: string) =>
      sandbox.post(path, new Uint8Array(body), { ...OTLP_JSON, 'content-encoding': encoding })
    const body = Buffer.from('{}')
    expect((await send(body, 'identity')).status).toBe(200)
    expect((await send(body, 'deflate')).status).toBe(200)
    expect((await send(deflateSync(body), 'deflate')).status).toBe(400)
    expect((await send(gzipSync(body), 'GZIP')).status).toBe(400)
    expect((await send(gzipSync(body), 'gzip')).status).toBe(200)
  })
})
