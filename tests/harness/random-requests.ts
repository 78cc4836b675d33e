import fc from 'fast-check'
import type { LogRecord } from '../../contracts/sandbox/trace.ts'
import { splitJson } from '../../sandbox/honeycomb/split-traces.ts'
import type { Store } from '../../sandbox/store/store.ts'
import { parseDocument, rowOf } from '../../sandbox/xray/segment-document.ts'

// Random changes of a store. Few traces, names and values, so that much is equal.

export const SERVICES = ['api', 'profiles', 'web']
export const ROUTES = ['GET /', 'GET /slow', 'POST /items']
export const NAMES = ['http.route', 'app.user.plan', 'user_id', 'attempt']
export const VALUES = ['pro', 'Free trial', '/api/x', 'maya', 7, 500, true]
const START_MS = 1_763_800_000_000

export const traceNumber = fc.integer({ min: 1, max: 14 })
/** In X-Ray's form too. */
export const traceIdOf = (number: number) => `6921f3a0${number.toString(16).padStart(24, '0')}`
const spanId = fc.integer({ min: 1, max: 5 }).map((number) => number.toString(16).padStart(16, '0'))
const startMs = fc.integer({ min: 0, max: 40 }).map((step) => START_MS + step * 250)
const durationMs = fc.integer({ min: 0, max: 12 }).map((step) => step * 125)
const service = fc.constantFrom(...SERVICES)
const status = fc.constantFrom(undefined, undefined, 200, 302, 404, 500)
const attributes = fc.dictionary(fc.constantFrom(...NAMES), fc.constantFrom(...VALUES), { maxKeys: 3 })

const common = { trace: traceNumber, startMs, durationMs, service, attributes }

const change = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('span' as const),
      ...common,
      spanId,
      status,
      isRoot: fc.boolean(),
      isError: fc.boolean(),
      name: fc.constantFrom(...ROUTES),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('segment' as const),
      ...common,
      id: spanId,
      status,
      isRoot: fc.boolean(),
      isFault: fc.boolean(),
      isFinished: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('item' as const),
      ...common,
      level: fc.constantFrom('error', 'info'),
      title: fc.constantFrom('Error: it broke', 'all is well'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('log' as const),
      ...common,
      body: fc.constantFrom('cache miss', 'it broke'),
    }),
  },
)
export type Change = typeof change extends fc.Arbitrary<infer One> ? One : never
/** What arrives between two reads. */
export const changes = fc.array(change, { maxLength: 14 })

let uuid = 0

export async function applyChange(store: Store, one: Change, nowMs: number): Promise<void> {
  const traceId = traceIdOf(one.trace)
  await store.write(() => {
    if (one.kind === 'span') {
      for (const chunk of splitJson(spanRequest(traceId, one)).chunks) store.spans.put(chunk, nowMs)
    } else if (one.kind === 'segment') {
      const document = segmentDocument(traceId, one)
      const isStored = store.segments.put(rowOf(parseDocument(document), document), nowMs)
      if (isStored) store.traces.touch(traceId, one.startMs, nowMs)
    } else if (one.kind === 'log') {
      const document = JSON.stringify(logRecord(traceId, one))
      store.logs.put(
        { traceId, spanId: null, dataset: 'd', atNs: BigInt(nowMs) * 1_000_000n, document },
        nowMs,
      )
    } else {
      const data = { title: one.title, body: { message: { body: `about ${one.title}` } } }
      const fields = {
        fingerprint: one.title,
        environment: 'test',
        level: one.level,
        platform: 'node',
        framework: 'none',
        context: '',
        request: '',
        place: '',
        message: '',
      }
      const timestampS = Math.floor(one.startMs / 1000)
      store.occurrences.put(
        {
          ...fields,
          title: one.title,
          uuid: `u${++uuid}`,
          traceId,
          timestampS,
          document: JSON.stringify(data),
        },
        nowMs,
      )
      store.traces.touch(traceId, one.startMs, nowMs)
    }
  })
}

function spanRequest(traceId: string, span: Change & { kind: 'span' }) {
  const { spanId: id, startMs: start, durationMs: took, status: code, attributes: own } = span
  const all = { ...own, ...(code !== undefined && { 'http.response.status_code': code }) }
  return {
    resourceSpans: [
      {
        resource: { attributes: pairs({ 'service.name': span.service }) },
        scopeSpans: [
          {
            spans: [
              {
                traceId,
                spanId: id,
                parentSpanId: span.isRoot ? '' : 'f'.repeat(16),
                name: span.name,
                startTimeUnixNano: `${start}000000`,
                endTimeUnixNano: `${start + took}000000`,
                attributes: pairs(all),
                ...(span.isError && { status: { code: 2 } }),
              },
            ],
          },
        ],
      },
    ],
  }
}

function pairs(values: Readonly<Record<string, string | number | boolean>>) {
  return Object.entries(values).map(([key, value]) => ({
    key,
    value:
      typeof value === 'string'
        ? { stringValue: value }
        : typeof value === 'number'
          ? { intValue: String(value) }
          : { boolValue: value },
  }))
}

function segmentDocument(traceId: string, segment: Change & { kind: 'segment' }): string {
  const { startMs: start, durationMs: took, attributes: annotations } = segment
  return JSON.stringify({
    id: segment.id,
    trace_id: `1-${traceId.slice(0, 8)}-${traceId.slice(8)}`,
    name: segment.service,
    ...(!segment.isRoot && { parent_id: 'f'.repeat(16), ...(segment.isFault && { type: 'subsegment' }) }),
    start_time: start / 1000,
    ...(segment.isFinished ? { end_time: (start + took) / 1000 } : { in_progress: true }),
    fault: segment.isFault,
    ...(segment.status !== undefined && { http: { response: { status: segment.status } } }),
    annotations,
    metadata: { default: { note: { plan: 'gold' }, list: ['a', 1] } },
    subsegments: [
      { id: 'e'.repeat(16), name: 'db', start_time: start / 1000, annotations: { table: 'users' } },
    ],
  })
}

function logRecord(traceId: string, log: Change & { kind: 'log' }): LogRecord {
  return {
    traceId,
    spanId: '',
    timeUnixNano: `${log.startMs}000000`,
    observedTimeUnixNano: '0',
    severityNumber: 0,
    severityText: '',
    eventName: '',
    body: log.body,
    service: log.service,
    dataset: 'd',
    resource: { 'service.name': log.service },
    resourceSchemaUrl: '',
    scope: { name: '', version: '', attributes: {}, schemaUrl: '' },
    attributes: log.attributes,
    flags: 0,
    droppedAttributesCount: 0,
  }
}
