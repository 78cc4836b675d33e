import { expect, test } from 'vitest'
import { messageOf } from '../honeycomb/fields.ts'
import { encodeProtobuf } from '../honeycomb/otlp-schema.ts'
import { splitJson, splitProtobuf } from '../honeycomb/split-traces.ts'
import { readSpans } from '../honeycomb/stored-spans.ts'
import type { StoredSpans } from '../store/spans.ts'
import { clockFrom, lensSpans } from './lens-spans.ts'

const ORIGIN_MS = 1_763_800_000_000
const TRACE_ID = 'a'.repeat(32)

/** Times are in microseconds since the origin, and 7 ns. */
function span(number: number, fromUs: number, more: Readonly<Record<string, unknown>> = {}) {
  const nanoseconds = (us: number) => `${BigInt(ORIGIN_MS) * 1_000_000n + BigInt(us) * 1_000n + 7n}`
  return {
    traceId: TRACE_ID,
    spanId: idOf(number),
    name: `span ${number}`,
    startTimeUnixNano: nanoseconds(fromUs),
    endTimeUnixNano: nanoseconds(fromUs + 1_500),
    attributes: [
      { key: 'text', value: { stringValue: `größe ${number}` } },
      { key: 'count', value: { intValue: '-3' } },
      { key: 'count', value: { intValue: '9007199254740993' } },
      { key: '__proto__', value: { boolValue: true } },
      { key: 'list', value: { arrayValue: { values: [{ doubleValue: 0.5 }, {}] } } },
    ],
    events: [{ name: 'event', timeUnixNano: nanoseconds(fromUs + 1), attributes: [] }],
    links: [{ traceId: 'b'.repeat(32), spanId: idOf(99), attributes: [] }],
    droppedAttributesCount: 1,
    droppedEventsCount: 2,
    droppedLinksCount: 300,
    status: { code: 2, message: 'no' },
    kind: 3,
    ...more,
  }
}

function idOf(number: number): string {
  return String(number).padStart(16, '0')
}

const REQUESTS = [
  requestOf(' api ', span(1, 500), span(2, 100, { parentSpanId: idOf(1), kind: 77 })),
  requestOf('web', span(3, 0, { parentSpanId: '0'.repeat(16), status: undefined })),
  // Sent again, with another name.
  requestOf('api', span(2, 100, { name: 'later' })),
  requestOf('', span(4, 200)),
]

function requestOf(service: string, ...spans: object[]) {
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: service } }] }
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: 'scope' }, spans }] }] }
}

/** `value` with each id as bytes. */
function withIdsAsBytes(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => withIdsAsBytes(item))
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, withIdsAsBytes(item, name)]))
  return typeof value === 'string' && key.endsWith('Id') ? Buffer.from(value, 'hex') : value
}

const STORED: Readonly<Record<string, readonly StoredSpans[]>> = {
  protobuf: REQUESTS.flatMap((request) => {
    const message = withIdsAsBytes(request) as Record<string, unknown>
    return splitProtobuf(Buffer.from(encodeProtobuf('ExportTraceServiceRequest', message))).chunks
  }),
  json: REQUESTS.flatMap((request) => splitJson(messageOf(request)).chunks),
}

test.each(Object.entries(STORED))('spans in %s are those that protobufjs reads', (_, stored) => {
  const { startMs, on } = lensSpans(stored)
  expect(startMs).toBe(ORIGIN_MS)
  const { spans, resources } = on(clockFrom(ORIGIN_MS))
  expect(resources.map(({ 'service.name': name }) => name)).toEqual(['web', 'api', '', ' api '])
  expect(spans.map(({ id, name, startMs: start }) => `${Number(id)} ${name} ${start}`)).toEqual([
    '3 span 3 0.000007',
    '2 later 0.100007',
    '4 span 4 0.200007',
    '1 span 1 0.500007',
  ])
  const expected = readSpans(stored).map((one) => ({
    id: one.spanId,
    parentId: one.parentSpanId,
    name: one.name,
    kind: one.kind,
    service: one.service,
    scope: one.scope.name,
    status: one.status.code,
    statusMessage: one.status.message,
    attributes: one.attributes,
    links: [{ traceId: 'b'.repeat(32), spanId: idOf(99), attributes: {} }],
    dropped: 303,
  }))
  expect(spans).toMatchObject(expected)
  expect(spans.map(({ resource }) => resources[resource])).toEqual(
    readSpans(stored).map((one) => one.resource),
  )
  expect(spans[0]?.events).toEqual([{ name: 'event', atMs: 0.001007, attributes: {} }])
  expect(spans[0]?.endMs).toBe(1.500007)
  expect(Object.keys(spans[0]?.attributes ?? {})).toContain('__proto__')
})
