import fc from 'fast-check'
import { encodeProtobuf } from '../../sandbox/honeycomb/otlp-schema.ts'
import type { AnyValue, KeyValue, LogJson, LogsJson, SpanJson, TracesJson } from './otlp-json.ts'

// Random OTLP requests. Their times, durations and numbers are multiples of 1/8 ms or 1/8, and their sample rates are whole,
// so that sums are exact whatever their order.

/** Unix seconds: a multiple of a day. */
export const FIRST_SECOND = 1_763_769_600
/** How many seconds the requests span. */
export const SPAN_OF_SECONDS = 600
const STEP_NS = 125_000n
const STEPS_PER_SECOND = 8_000

const hexId = (digits: number) =>
  fc
    .array(fc.integer({ min: 0, max: 15 }), { minLength: digits - 1, maxLength: digits - 1 })
    .map((values) => `1${values.map((value) => value.toString(16)).join('')}`)
const traceId = fc.integer({ min: 1, max: 12 }).map((number) => `a${number.toString(16).padStart(31, '0')}`)
const spanId = hexId(16)

/** Nanoseconds; often one that other records have as well, or a whole second. */
const timeNs = fc
  .oneof(
    fc.integer({ min: 0, max: SPAN_OF_SECONDS * STEPS_PER_SECOND }),
    fc.integer({ min: 0, max: 20 }).map((number) => number * 31 * STEPS_PER_SECOND),
    fc.integer({ min: 0, max: SPAN_OF_SECONDS }).map((number) => number * STEPS_PER_SECOND),
  )
  .map((steps) => BigInt(FIRST_SECOND) * 1_000_000_000n + BigInt(steps) * STEP_NS)

/** Nanoseconds: none, short, of some seconds, and now and then negative. */
const durationNs = fc
  .oneof(
    { weight: 2, arbitrary: fc.constant(0) },
    { weight: 8, arbitrary: fc.integer({ min: 1, max: 4_000 }) },
    { weight: 4, arbitrary: fc.integer({ min: 8_000, max: 500_000 }) },
    { weight: 1, arbitrary: fc.integer({ min: -4_000, max: -1 }) },
  )
  .map((steps) => BigInt(steps) * STEP_NS)

export const TEXTS = [
  '',
  'a',
  'pro',
  'free',
  'free trial',
  '5',
  '5.0',
  '1e1',
  'true',
  'GET /ünï',
  '日本',
  '🙂',
]
const text = fc.constantFrom(...TEXTS)
const integer = fc.integer({ min: -5, max: 40 })
const eighths = fc.integer({ min: -80, max: 800 }).map((number) => number / 8)

const ofText = text.map((stringValue): AnyValue => ({ stringValue }))
const ofBoolean = fc.boolean().map((boolValue): AnyValue => ({ boolValue }))
const ofInteger = integer.map((number): AnyValue => ({ intValue: String(number) }))
const ofDouble = eighths.map((doubleValue): AnyValue => ({ doubleValue }))
const ofBytes = text.map((some): AnyValue => ({ bytesValue: Buffer.from(some).toString('base64') }))
const scalar = fc.oneof(ofText, ofBoolean, ofInteger, ofDouble)

const KEYS = ['a', 'b', 'c', 'ключ']
const { list, tree } = fc.letrec<{ list: AnyValue; tree: AnyValue; value: AnyValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    { weight: 4, arbitrary: scalar },
    { weight: 1, arbitrary: ofBytes },
    { weight: 1, arbitrary: tie('list') },
    { weight: 3, arbitrary: tie('tree') },
  ),
  list: fc.array(tie('value'), { maxLength: 3 }).map((values): AnyValue => ({ arrayValue: { values } })),
  // OTLP requires different keys. Of a repeated one husky keeps what each value has, and the sandbox the last value's.
  tree: fc
    .uniqueArray(fc.record({ key: fc.constantFrom(...KEYS), value: tie('value') }), {
      maxLength: 3,
      selector: ({ key }) => key,
    })
    .map((values): AnyValue => ({ kvlistValue: { values } })),
}))

/** Seven levels: more than are flattened. */
const deepTree = scalar.map((value) =>
  ['g', 'f', 'e', 'd', 'c', 'b', 'a'].reduce<AnyValue>(
    (inner, key) => ({ kvlistValue: { values: [{ key, value: inner }] } }),
    value,
  ),
)

const sampleRate = fc.oneof(
  fc.integer({ min: -1, max: 20 }).map((rate): AnyValue => ({ intValue: String(rate) })),
  fc.constantFrom(0.25, 2.5, 7).map((doubleValue): AnyValue => ({ doubleValue })),
  fc.constantFrom('', '4', '2.5', 'many').map((stringValue): AnyValue => ({ stringValue })),
)

/** One attribute of each kind. Two of the same key may meet, also in resource, scope and span. */
const attribute: fc.Arbitrary<KeyValue> = fc.oneof(
  ...(
    [
      [6, 'plan', fc.constantFrom('pro', 'free', 'free trial', '').map((stringValue) => ({ stringValue }))],
      [4, 'mixed', scalar],
      [4, 'n', ofInteger],
      [4, 'x', ofDouble],
      [2, 'flag', ofBoolean],
      [1, 'ключ', ofText],
      [1, 'list', list],
      [1, 'tree', fc.oneof(tree, deepTree)],
      [1, 'bytes', ofBytes],
      [1, 'name', ofText],
      [1, 'library.name', ofText],
      [1, 'sampleRate', sampleRate],
      [1, 'SampleRate', sampleRate],
      [1, '', ofText],
      [1, 'nothing', fc.constant({})],
    ] as const
  ).map(([weight, key, value]) => ({
    weight,
    arbitrary: value.map((given: AnyValue) => ({ key, value: given })),
  })),
)
const attributes = (maxLength: number) =>
  fc.array(attribute, { maxLength }).map((all) => [...new Map(all.map((one) => [one.key, one])).values()])

const SERVICES = ['api', 'Profiles Service', ' padded ', 'unknown_service:node', 'ünï']
const resource = fc
  .tuple(fc.option(fc.constantFrom(...SERVICES), { nil: undefined, freq: 8 }), attributes(2))
  .map(([name, others]) => ({
    attributes: [
      ...(name === undefined ? [] : [{ key: 'service.name', value: { stringValue: name } }]),
      ...others,
    ],
  }))
const schemaUrl = fc.constantFrom('', '', 'https://opentelemetry.io/schemas/1.26.0')
const scope = fc.record({
  name: fc.constantFrom('', 'mine', '@opentelemetry/instrumentation-pg'),
  version: fc.constantFrom('', '1.2.3'),
  attributes: attributes(1),
})

const exceptionAttribute: fc.Arbitrary<KeyValue> = fc.constantFrom(
  { key: 'exception.message', value: { stringValue: 'no such table' } },
  { key: 'exception.message', value: { stringValue: 'timeout' } },
  { key: 'exception.type', value: { stringValue: 'TypeError' } },
  { key: 'exception.escaped', value: { boolValue: true } },
)
const spanEvent = fc.record({
  name: fc.constantFrom('exception', 'exception', 'retry'),
  afterNs: durationNs,
  attributes: fc
    .tuple(fc.uniqueArray(exceptionAttribute, { maxLength: 2, selector: ({ key }) => key }), attributes(2))
    .map((all) => all.flat()),
})

const span: fc.Arbitrary<SpanJson> = fc
  .record({
    traceId,
    spanId,
    parentSpanId: fc.option(spanId, { nil: undefined }),
    // Thresholds whose rates are whole.
    traceState: fc.constantFrom('', '', '', 'a=b', 'ot=th:8', 'ot=p:8;th:c', 'x=1,ot=th:f', 'ot=th:zz'),
    name: fc.constantFrom('GET /', 'GET /users', 'SELECT', 'ünï'),
    kind: fc.integer({ min: 0, max: 5 }),
    timeNs,
    durationNs,
    attributes: attributes(5),
    events: fc.array(spanEvent, { maxLength: 2 }),
    links: fc.array(fc.record({ traceId, spanId, attributes: attributes(1) }), { maxLength: 1 }),
    status: fc.constantFrom(undefined, undefined, { code: 1 }, { code: 2 }, { code: 2, message: 'failed' }),
  })
  .map(({ timeNs: startNs, durationNs: lastsNs, events, parentSpanId, status, ...others }) => ({
    ...others,
    ...(parentSpanId && { parentSpanId }),
    ...(status && { status }),
    startTimeUnixNano: String(startNs),
    endTimeUnixNano: String(startNs + lastsNs),
    events: events.map(({ afterNs, ...event }) => ({ ...event, timeUnixNano: String(startNs + afterNs) })),
  }))

const log: fc.Arbitrary<LogJson> = fc
  .record({
    timeNs,
    isTimeUnknown: fc.boolean(),
    severityNumber: fc.integer({ min: 0, max: 24 }),
    severityText: fc.constantFrom('', 'WARNING'),
    eventName: fc.constantFrom('', 'cart.emptied'),
    body: fc.option(fc.oneof(ofText, ofInteger, list, tree, deepTree), { nil: undefined }),
    attributes: attributes(4),
    flags: fc.integer({ min: 0, max: 1 }),
    ids: fc.option(fc.record({ traceId, spanId }), { nil: undefined }),
  })
  .map(({ timeNs: time, isTimeUnknown, body, ids, ...others }) => ({
    ...others,
    ...ids,
    ...(body && { body }),
    timeUnixNano: isTimeUnknown ? '0' : String(time),
    observedTimeUnixNano: String(time),
  }))

export const traces: fc.Arbitrary<TracesJson> = fc.record({
  resourceSpans: fc.array(
    fc.record({
      resource,
      schemaUrl,
      scopeSpans: fc.array(
        fc.record({ scope, schemaUrl, spans: fc.array(span, { minLength: 1, maxLength: 6 }) }),
        { minLength: 1, maxLength: 2 },
      ),
    }),
    { minLength: 1, maxLength: 2 },
  ),
})

export const logs: fc.Arbitrary<LogsJson> = fc.record({
  resourceLogs: fc.array(
    fc.record({
      resource,
      schemaUrl,
      scopeLogs: fc.array(
        fc.record({ scope, schemaUrl, logRecords: fc.array(log, { minLength: 1, maxLength: 4 }) }),
        { minLength: 1, maxLength: 2 },
      ),
    }),
    { minLength: 1, maxLength: 2 },
  ),
})

/** A request in JSON as protobuf, where ids are bytes. */
export function toProtobuf(
  message: 'ExportTraceServiceRequest' | 'ExportLogsServiceRequest',
  request: TracesJson | LogsJson,
): Uint8Array<ArrayBuffer> {
  const isId = (key: string) => ['traceId', 'spanId', 'parentSpanId'].includes(key)
  const value = JSON.parse(JSON.stringify(request), (key, field) =>
    isId(key) ? [...Buffer.from(field, 'hex')] : field,
  )
  return Uint8Array.from(encodeProtobuf(message, value))
}
