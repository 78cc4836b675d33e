import protobuf from 'protobufjs'
import { FormatError } from './fields.ts'

/**
 * The messages of OTLP's three export requests and of their answers. Each field has its number, its type, and a + if it is
 * repeated. Enums are int32 on the wire. Fields that are not listed are skipped, as protobuf requires of readers.
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
    gauge: '5 Points',
    sum: '7 Points',
    histogram: '9 Points',
    exponentialHistogram: '10 Points',
    summary: '11 Points',
  },
  // Every kind of metric has its data points in field 1. They are counted only.
  Points: { dataPoints: '1 bytes+' },

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
        ...(name === 'AnyValue' ? { oneofs: { value: { oneof: Object.keys(fields) } } } : {}),
      },
    ]),
  ),
})

function toField(spec: string): { id: number; type: string; rule?: string } {
  const [id = '', type = ''] = spec.split(' ')
  return type.endsWith('+')
    ? { id: Number(id), type: type.slice(0, -1), rule: 'repeated' }
    : { id: Number(id), type }
}

/**
 * The message as a plain object: 64-bit integers as decimal strings, bytes as Buffers. Throws a FormatError.
 */
export function decodeProtobuf(message: string, body: Buffer, depth = 0): Record<string, unknown> {
  return ROOT.lookupType(message).toObject(decodeMessage(message, body, depth), { longs: String })
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
