import protobuf from 'protobufjs'
import { FormatError } from './fields.ts'

/**
 * The messages of OTLP's three export requests and of their answers. Each field has its number, its type, and a + if it is
 * repeated, or a ? if it may be absent, which is then not the same as zero. Enums are int32 on the wire. Fields that are not listed are skipped, as protobuf requires of readers.
 *
 * Source: https://github.com/open-telemetry/opentelemetry-proto, proto/{common,resource,trace,logs,metrics}/v1
 */
const MESSAGES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  AnyValue: {
    stringValue: '1 string',
    boolValue: '2 bool',
    intValue: '3 int64',
    doubleValue: '4 double',
    arrayValue: '5 ArrayValue',
    kvlistValue: '6 KeyValueList',
    bytesValue: '7 bytes',
  },
  ArrayValue: { values: '1 AnyValue+' },
  KeyValueList: { values: '1 KeyValue+' },
  KeyValue: { key: '1 string', value: '2 AnyValue' },
  InstrumentationScope: {
    name: '1 string',
    version: '2 string',
    attributes: '3 KeyValue+',
    droppedAttributesCount: '4 uint32',
  },
  Resource: { attributes: '1 KeyValue+', droppedAttributesCount: '2 uint32' },

  ExportTraceServiceRequest: { resourceSpans: '1 ResourceSpans+' },
  ResourceSpans: { resource: '1 Resource', scopeSpans: '2 ScopeSpans+', schemaUrl: '3 string' },
  ScopeSpans: { scope: '1 InstrumentationScope', spans: '2 Span+', schemaUrl: '3 string' },
  Span: {
    traceId: '1 bytes',
    spanId: '2 bytes',
    traceState: '3 string',
    parentSpanId: '4 bytes',
    name: '5 string',
    kind: '6 int32',
    startTimeUnixNano: '7 fixed64',
    endTimeUnixNano: '8 fixed64',
    attributes: '9 KeyValue+',
    droppedAttributesCount: '10 uint32',
    events: '11 Event+',
    droppedEventsCount: '12 uint32',
    links: '13 Link+',
    droppedLinksCount: '14 uint32',
    status: '15 Status',
    flags: '16 fixed32',
  },
  Event: {
    timeUnixNano: '1 fixed64',
    name: '2 string',
    attributes: '3 KeyValue+',
    droppedAttributesCount: '4 uint32',
  },
  Link: {
    traceId: '1 bytes',
    spanId: '2 bytes',
    traceState: '3 string',
    attributes: '4 KeyValue+',
    droppedAttributesCount: '5 uint32',
    flags: '6 fixed32',
  },
  Status: { message: '2 string', code: '3 int32' },

  // ExportTraceServiceRequest whose spans stay bytes, so that a request is split by trace without encoding spans again.
  // A single message may be sent in several parts, which have to be concatenated, so it is read as a list of bytes.
  TracesAsBytes: { resourceSpans: '1 ResourceSpansAsBytes+' },
  ResourceSpansAsBytes: { resource: '1 bytes+', scopeSpans: '2 ScopeSpansAsBytes+', schemaUrl: '3 string' },
  ScopeSpansAsBytes: { scope: '1 bytes+', spans: '2 bytes+', schemaUrl: '3 string' },

  ExportLogsServiceRequest: { resourceLogs: '1 ResourceLogs+' },
  ResourceLogs: { resource: '1 Resource', scopeLogs: '2 ScopeLogs+', schemaUrl: '3 string' },
  ScopeLogs: { scope: '1 InstrumentationScope', logRecords: '2 LogRecord+', schemaUrl: '3 string' },
  LogRecord: {
    timeUnixNano: '1 fixed64',
    severityNumber: '2 int32',
    severityText: '3 string',
    body: '5 AnyValue',
    attributes: '6 KeyValue+',
    droppedAttributesCount: '7 uint32',
    flags: '8 fixed32',
    traceId: '9 bytes',
    spanId: '10 bytes',
    observedTimeUnixNano: '11 fixed64',
    eventName: '12 string',
  },

  ExportMetricsServiceRequest: { resourceMetrics: '1 ResourceMetrics+' },
  ResourceMetrics: { resource: '1 Resource', scopeMetrics: '2 ScopeMetrics+', schemaUrl: '3 string' },
  ScopeMetrics: { scope: '1 InstrumentationScope', metrics: '2 Metric+', schemaUrl: '3 string' },
  Metric: {
    name: '1 string',
    description: '2 string',
    unit: '3 string',
    gauge: '5 Gauge',
    sum: '7 Sum',
    histogram: '9 Histogram',
    exponentialHistogram: '10 ExponentialHistogram',
    summary: '11 Summary',
  },
  Gauge: { dataPoints: '1 NumberDataPoint+' },
  Sum: { dataPoints: '1 NumberDataPoint+', aggregationTemporality: '2 int32', isMonotonic: '3 bool' },
  Histogram: { dataPoints: '1 HistogramDataPoint+', aggregationTemporality: '2 int32' },
  ExponentialHistogram: {
    dataPoints: '1 ExponentialHistogramDataPoint+',
    aggregationTemporality: '2 int32',
  },
  Summary: { dataPoints: '1 SummaryDataPoint+' },
  NumberDataPoint: {
    startTimeUnixNano: '2 fixed64',
    timeUnixNano: '3 fixed64',
    asDouble: '4 double?',
    exemplars: '5 Exemplar+',
    asInt: '6 sfixed64?',
    attributes: '7 KeyValue+',
    flags: '8 uint32',
  },
  HistogramDataPoint: {
    startTimeUnixNano: '2 fixed64',
    timeUnixNano: '3 fixed64',
    count: '4 fixed64',
    sum: '5 double?',
    bucketCounts: '6 fixed64+',
    explicitBounds: '7 double+',
    exemplars: '8 Exemplar+',
    attributes: '9 KeyValue+',
    flags: '10 uint32',
    min: '11 double?',
    max: '12 double?',
  },
  ExponentialHistogramDataPoint: {
    attributes: '1 KeyValue+',
    startTimeUnixNano: '2 fixed64',
    timeUnixNano: '3 fixed64',
    count: '4 fixed64',
    sum: '5 double?',
    scale: '6 sint32',
    zeroCount: '7 fixed64',
    positive: '8 Buckets',
    negative: '9 Buckets',
    flags: '10 uint32',
    exemplars: '11 Exemplar+',
    min: '12 double?',
    max: '13 double?',
    zeroThreshold: '14 double',
  },
  Buckets: { offset: '1 sint32', bucketCounts: '2 uint64+' },
  SummaryDataPoint: {
    startTimeUnixNano: '2 fixed64',
    timeUnixNano: '3 fixed64',
    count: '4 fixed64',
    sum: '5 double',
    quantileValues: '6 ValueAtQuantile+',
    attributes: '7 KeyValue+',
    flags: '8 uint32',
  },
  ValueAtQuantile: { quantile: '1 double', value: '2 double' },
  Exemplar: {
    timeUnixNano: '2 fixed64',
    asDouble: '3 double?',
    spanId: '4 bytes',
    traceId: '5 bytes',
    asInt: '6 sfixed64?',
    filteredAttributes: '7 KeyValue+',
  },

  // OTLP/HTTP answers errors as google.rpc.Status, and counts rejected records in a successful response.
  RpcStatus: { code: '1 int32', message: '2 string' },
  ExportResponse: { partialSuccess: '1 PartialSuccess' },
  PartialSuccess: { rejected: '1 int64', errorMessage: '2 string' },
}

const ROOT = protobuf.Root.fromJSON({
  nested: Object.fromEntries(
    Object.entries(MESSAGES).map(([name, fields]) => [
      name,
      {
        fields: Object.fromEntries(Object.entries(fields).map(([field, spec]) => [field, toField(spec)])),
        oneofs: oneofsOf(name, fields),
      },
    ]),
  ),
})

function toField(spec: string): protobuf.IField {
  const [, id = '', type = '', mark] = /^(\d+) (\w+)([+?]?)$/.exec(spec) ?? []
  return {
    id: Number(id),
    type,
    ...(mark === '+' && { rule: 'repeated' }),
  }
}

/** protobufjs tells zero from an absent field only in a oneof. A field that may be absent is alone in one, as for protoc. */
function oneofsOf(
  message: string,
  fields: Readonly<Record<string, string>>,
): Record<string, protobuf.IOneOf> {
  if (message === 'AnyValue') return { value: { oneof: Object.keys(fields) } }
  const optional = Object.keys(fields).filter((field) => fields[field]?.endsWith('?'))
  return Object.fromEntries(optional.map((field) => [`_${field}`, { oneof: [field] }]))
}

/** The fields of a message, for a reader of its bytes. */
export function messageType(message: string): protobuf.Type {
  return ROOT.lookupType(message)
}

/**
 * The message as a plain object: bytes as Buffers, 64-bit integers as decimal strings, or as numbers, which are exact up
 * to 2^53. Throws a FormatError.
 */
export function decodeProtobuf(
  message: string,
  body: Buffer,
  depth = 0,
  longs: typeof String | typeof Number = String,
): Record<string, unknown> {
  return ROOT.lookupType(message).toObject(decodeMessage(message, body, depth), { longs })
}

/**
 * The message as protobufjs holds it, which costs half as much as a plain object: unset fields have their defaults, and
 * 64-bit integers are `{low, high}`. `depth` is how deeply the message was nested; protobufjs refuses more than 100
 * levels. Throws a FormatError.
 */
export function decodeMessage(message: string, body: Buffer, depth = 0): protobuf.Message {
  const type = ROOT.lookupType(message)
  // The generated decoders' fourth argument, which protobufjs' types leave out, is the depth.
  const decode = type.decode as (...args: [protobuf.Reader, undefined, undefined, number]) => protobuf.Message
  try {
    return decode.call(type, protobuf.Reader.create(body), undefined, undefined, depth)
  } catch (error) {
    throw new FormatError(error instanceof Error ? error.message : String(error), { cause: error })
  }
}

/** Throws for a value that does not fit the schema. */
export function encodeProtobuf(message: string, value: Record<string, unknown>): Uint8Array {
  const type = ROOT.lookupType(message)
  return type.encode(type.fromObject(value)).finish()
}

/** A faster `encodeProtobuf` for values of `decodeMessage`, or of their shape: neither checks nor copies them. */
export function encodeMessage(message: string, value: object): Uint8Array {
  return ROOT.lookupType(message)
    .encode(value as protobuf.Message)
    .finish()
}
