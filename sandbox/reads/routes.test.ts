import { afterAll, expect, test } from 'vitest'
import type { z } from 'zod'
import { JSON_HEADERS } from '../../contracts/json-headers.ts'
import { ProvidersRead } from '../../contracts/sandbox/health.ts'
import { TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { LogPage, MissingSegments, RequestPage } from '../../contracts/sandbox/lists.ts'
import { toXRayTraceId } from '../../contracts/trace-id.ts'
import {
  HONEYCOMB_KEY,
  JSON_TYPE,
  OTLP_JSON,
  otlpJson,
  type SandboxForTest,
  sandboxForTest,
  segmentDocument,
  TRACE_ID,
} from '../../tests/harness/sandbox.ts'
import { eventually } from '../../tests/harness/wait-for.ts'
import { decodeProtobuf, encodeProtobuf } from '../honeycomb/otlp-schema.ts'

const sandbox = await sandboxForTest({ daemon: undefined })
afterAll(() => sandbox[Symbol.asyncDispose]())

/** An id must not be all zeros. */
const idOf = (index: number) => String(index).padStart(32, '0').replace(/^0/, '1')
const json = async (path: string): Promise<unknown> => (await sandbox.ask(path)).json()
const read = async <Schema extends z.ZodType>(schema: Schema, path: string) => schema.parse(await json(path))
const DOCUMENT = segmentDocument({ note: '\u00e9  "kept" to the byte' })

test('the list continues by cursor, each trace once, also for traces with the same start', async () => {
  await using own = await sandboxForTest({ daemon: undefined })
  for (let index = 1; index <= 25; index++) {
    // Only three different starts, so that many traces have the same.
    const startTimeUnixNano = `17638000000000000${index % 3}0`.slice(0, 19)
    await own.postSpan({ traceId: idOf(index), startTimeUnixNano })
  }
  const seen: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const page = RequestPage.parse(await (await own.ask(`/sandbox/requests?limit=4&after=${cursor}`)).json())
    seen.push(...page.requests.map(({ traceId }) => traceId))
    cursor = page.next
  }
  expect(seen.toSorted()).toEqual(Array.from({ length: 25 }, (_, index) => idOf(index + 1)).toSorted())
})

test.each([
  ['/sandbox/requests', 200],
  ['/sandbox/logs', 200],
  [`/sandbox/traces/${TRACE_ID}`, 404],
  ['/sandbox/requests?limit=0', 400],
  ['/nowhere', 404],
  ['/1/auth', 401],
])('%s is JSON that is neither framed nor kept in a cache', async (path, status) => {
  const { headers, status: answered } = await sandbox.ask(path)
  expect(answered).toBe(status)
  expect(Object.fromEntries(headers)).toMatchObject(JSON_HEADERS)
})

test.each(['limit=0', 'after=x', 'status=teapot', 'has=other', 'min=-1', 'since=x'])(
  '%s is a 400',
  async (query) => {
    expect((await sandbox.ask(`/sandbox/requests?${query}`)).status).toBe(400)
    expect((await sandbox.ask(`/sandbox/live?${query}`)).status).toBe(400)
  },
)

test('the live feed sends what matches its filter, and ends when the sandbox does', async () => {
  const own = await sandboxForTest({ daemon: undefined })
  const feed = await own.ask('/sandbox/live?service=wanted')
  expect(feed.headers.get('content-type')).toContain('text/event-stream')
  let text = ''
  const ended = (async () => {
    for await (const chunk of feed.body?.pipeThrough(new TextDecoderStream()) ?? []) text += chunk
  })()
  const hasText = (part: string) =>
    eventually(
      () => text,
      (received) => received.includes(part),
    )
  await hasText('event: hello')
  await own.postSpan({ traceId: idOf(1) }, 'unwanted')
  await own.postSpan({ traceId: idOf(2) }, 'wanted')
  await hasText(idOf(2))
  expect(text).not.toContain(idOf(1))
  const head = await own.ask('/sandbox/live', { method: 'HEAD' })
  expect([head.status, await head.text()]).toEqual([200, ''])
  const startedMs = performance.now()
  await own[Symbol.asyncDispose]()
  await ended
  // The feed ends by itself, before the five seconds after which closing cuts connections.
  expect(performance.now() - startedMs).toBeLessThan(4_000)
})

/** One span, and one segment with a subsegment. */
async function sendTrace(to: SandboxForTest): Promise<void> {
  const child = { id: 'a'.repeat(16), name: 'query', start_time: 1763800000.15, end_time: 1763800000.2 }
  await to.postSpan()
  const documents = [DOCUMENT.replace(/}$/, `,"subsegments":[${JSON.stringify(child)}]}`)]
  await to.putSegments(...documents)
}

test('the segments of a service that are missing are named, also where dynamic naming has renamed it', async () => {
  await using own = await sandboxForTest({ daemon: undefined })
  const documentOf = (index: number, fields: Record<string, unknown>) =>
    segmentDocument({ trace_id: toXRayTraceId(idOf(index)), id: String(index).padStart(16, '1'), ...fields })
  await own.putSegments(
    documentOf(1, { name: 'api' }),
    documentOf(2, { name: 'api.example.org', annotations: { service_name: 'api' } }),
    documentOf(3, { name: 'profiles' }),
  )
  const ask = (query: string) => own.ask(`/sandbox/missing-segments?${query}`)
  const all = [1, 2, 3, 4].map(idOf).join(',')
  const { traceIds } = MissingSegments.parse(await (await ask(`service=api&traces=${all}`)).json())
  expect(traceIds).toEqual([idOf(3), idOf(4)])
  expect((await ask(`traces=${all}`)).status).toBe(400)
  expect((await ask('service=api&traces=x')).status).toBe(400)
})

test('the lenses’ times are relative to one origin, and each subsegment is a row', async () => {
  await using own = await sandboxForTest({ daemon: undefined })
  await sendTrace(own)
  const lenses = TraceLenses.parse(await (await own.ask(`/sandbox/traces/${TRACE_ID}/lenses`)).json())
  expect(lenses).toMatchObject({ originMs: 1763800000123, documents: 1 })
  expect(lenses.spans[0]).toMatchObject({ startMs: 0.456789, endMs: 100.456789 })
  expect(lenses.segments).toMatchObject([
    { startMs: 0, endMs: 100, isSubsegment: false },
    { startMs: 27, endMs: 77, isSubsegment: true, parentId: '53995c3f42cd8ad8' },
  ])
  expect((await own.ask(`/sandbox/traces/${'9'.repeat(32)}/lenses`)).status).toBe(404)
})

test('an export has documents and protobuf to the byte, and OTLP of either encoding as JSON', async () => {
  await sendTrace(sandbox)
  const xray = await (await sandbox.ask(`/sandbox/traces/${TRACE_ID}/export/xray.json`)).text()
  expect(xray).toContain(DOCUMENT.slice(0, -1))
  const otlp = await json(`/sandbox/traces/${TRACE_ID}/export/otlp.json`)
  expect(otlp).toEqual(JSON.parse(otlpJson()))
  expect((await sandbox.ask(`/sandbox/traces/${TRACE_ID}/export/otlp.pb`)).status).toBe(404)

  const traceId = Buffer.from('c'.repeat(32), 'hex')
  const spanOf = (spanId: string) => ({
    traceId,
    spanId: Buffer.from(spanId.repeat(16), 'hex'),
    name: 'x',
    startTimeUnixNano: '1763800000123456789',
    endTimeUnixNano: '1763800000123456790',
  })
  for (const spanId of ['d', 'e']) {
    const request = { resourceSpans: [{ scopeSpans: [{ spans: [spanOf(spanId)] }] }] }
    const body = new Uint8Array(encodeProtobuf('ExportTraceServiceRequest', request))
    await sandbox.post('/v1/traces', body, { ...HONEYCOMB_KEY, 'content-type': 'application/x-protobuf' })
  }
  const bytes = Buffer.from(
    await (await sandbox.ask(`/sandbox/traces/${'c'.repeat(32)}/export/otlp.pb`)).arrayBuffer(),
  )
  expect(decodeProtobuf('ExportTraceServiceRequest', bytes).resourceSpans).toHaveLength(2)
  expect(await json(`/sandbox/traces/${'c'.repeat(32)}/export/otlp.json`)).toMatchObject({
    resourceSpans: [{ scopeSpans: [{ spans: [{ traceId: 'c'.repeat(32), spanId: 'd'.repeat(16) }] }] }, {}],
  })
  expect((await sandbox.ask(`/sandbox/traces/${TRACE_ID}/export/else`)).status).toBe(404)
})

test('the providers’ read has the records of the last 15 minutes, HTTP errors, and the rules', async () => {
  await using own = await sandboxForTest({ daemon: undefined })
  await sendTrace(own)
  for (const path of ['/v1/traces', '/v1/traces', '/api/1/item/']) await own.post(path, '{}', JSON_TYPE)
  await own.post('/v1/traces', '{}', { ...JSON_TYPE, authorization: 'Bearer sandbox' })
  const view = ProvidersRead.parse(await (await own.ask('/sandbox/providers')).json())
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  expect([sum(view.received.spans), sum(view.received.segments), view.received.spans.length]).toEqual([
    1, 1, 15,
  ])
  expect(view.httpErrors).toMatchObject([
    // X-Ray's OTLP endpoint while Transaction Search is off.
    {
      provider: 'xray',
      status: 400,
      message: expect.stringContaining('Trace Segment Destination'),
      count: 1,
    },
    { provider: 'rollbar', status: 401, count: 1 },
    { provider: 'honeycomb', status: 401, message: "missing 'x-honeycomb-team' header", count: 2 },
  ])
  expect(view.rules).toMatchObject([{ name: 'Default', fixedRate: 0.05, reservoir: 1 }])
  expect([view.honeycomb.mode, view.xray.mode, view.rollbar.mode]).toEqual(['local', 'local', 'local'])
})

test('the logs are listed newest first, by phrase and severity, page by page', async () => {
  const record = (index: number) => ({
    timeUnixNano: `17638000000000000${index}0`.slice(0, 19),
    severityNumber: index % 2 === 0 ? 17 : 9,
    body: { stringValue: `line ${index}` },
  })
  const logRecords = Array.from({ length: 6 }, (_, index) => record(index))
  const body = JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords }] }] })
  await sandbox.post('/v1/logs', body, OTLP_JSON)
  const first = await read(LogPage, '/sandbox/logs?limit=4')
  expect(first.logs.map((log) => log.body)).toEqual(['line 5', 'line 4', 'line 3', 'line 2'])
  const second = await read(LogPage, `/sandbox/logs?limit=4&before=${first.next}`)
  expect(second.logs.map((log) => log.body)).toEqual(['line 1', 'line 0'])
  expect(second.next).toBeNull()
  const errors = await read(LogPage, '/sandbox/logs?severity=17&text=LINE')
  expect(errors.logs.map((log) => log.body)).toEqual(['line 4', 'line 2', 'line 0'])
  expect((await sandbox.ask('/sandbox/logs?severity=99')).status).toBe(400)
})
