import { DataPointType, type ResourceMetrics } from '@opentelemetry/sdk-metrics'
import type { Exemplar, ExemplarReservoir } from './exemplar-reservoir.ts'

// Field numbers. Source: https://github.com/open-telemetry/opentelemetry-proto, metrics.proto and metrics_service.proto
const RESOURCE_METRICS = 1
const SCOPE_METRICS = 2
const METRICS = 2
const HISTOGRAM = 9
const DATA_POINTS = 1
/** Of a HistogramDataPoint. */
const EXEMPLARS = 8
/** Of an Exemplar. */
const TIME_UNIX_NANO = 2
const AS_DOUBLE = 3
const SPAN_ID = 4
const TRACE_ID = 5

/** Wire types. Source: https://protobuf.dev/programming-guides/encoding/#structure */
const VARINT = 0
const FIXED64 = 1
const LENGTH_DELIMITED = 2
const FIXED32 = 5

/**
 * Adds the reservoir's exemplars to their points in an encoded ExportMetricsServiceRequest, of which `metrics` is the
 * content: OpenTelemetry's serializer writes none. Returns the request as it is where there are none, and where it is not
 * encoded as expected.
 */
export function addExemplars(
  request: Uint8Array,
  { scopeMetrics }: ResourceMetrics,
  reservoir: ExemplarReservoir,
): Uint8Array {
  try {
    for (const [scope, { metrics }] of scopeMetrics.entries()) {
      for (const [index, metric] of metrics.entries()) {
        const isHistogram = metric.dataPointType === DataPointType.HISTOGRAM
        if (!isHistogram || metric.descriptor.name !== reservoir.metric) continue
        const exemplars = reservoir.take(metric.dataPoints)
        const path = [
          { field: RESOURCE_METRICS, index: 0 },
          { field: SCOPE_METRICS, index: scope },
          { field: METRICS, index },
          { field: HISTOGRAM, index: 0 },
        ]
        return changeAt(path, Buffer.from(request), (histogram) =>
          changeFields(DATA_POINTS, histogram, (point, at) =>
            Buffer.concat([point, ...(exemplars[at] ?? []).map(encodeExemplar)]),
          ),
        )
      }
    }
  } catch {
    // Metrics without exemplars are better than none.
  }
  return request
}

/** An exemplar as a field of its point: 2 bytes of tag and length, then 46 bytes. */
function encodeExemplar({ value, timeMs, traceId, spanId }: Exemplar): Buffer {
  const field = Buffer.alloc(48)
  field.set([tagOf(EXEMPLARS, LENGTH_DELIMITED), 46, tagOf(TIME_UNIX_NANO, FIXED64)], 0)
  field.writeBigUInt64LE(BigInt(timeMs) * 1_000_000n, 3)
  field[11] = tagOf(AS_DOUBLE, FIXED64)
  field.writeDoubleLE(value, 12)
  field.set([tagOf(SPAN_ID, LENGTH_DELIMITED), 8], 20)
  field.write(spanId, 22, 'hex')
  field.set([tagOf(TRACE_ID, LENGTH_DELIMITED), 16], 30)
  field.write(traceId, 32, 'hex')
  return field
}

type Change = (content: Buffer) => Buffer

/** The message with another message in it changed: the n-th of a repeated field, below the n-th of another, and so on. */
function changeAt(
  [step, ...rest]: readonly { readonly field: number; readonly index: number }[],
  message: Buffer,
  change: Change,
): Buffer {
  if (!step) return change(message)
  return changeFields(step.field, message, (content, index) =>
    index === step.index ? changeAt(rest, content, change) : content,
  )
}

/** The message with the content of every length-delimited field of this number changed. Throws for other bytes. */
function changeFields(
  field: number,
  message: Buffer,
  change: (content: Buffer, index: number) => Buffer,
): Buffer {
  const parts: Buffer[] = []
  let index = 0
  for (let at = 0; at < message.length; ) {
    const start = at
    const tag = readVarint(message, at)
    at = tag.end
    if (tag.value % 8 !== LENGTH_DELIMITED) {
      at = endOfNumber(message, at, tag.value % 8)
      parts.push(message.subarray(start, at))
      continue
    }
    const length = readVarint(message, at)
    at = length.end + length.value
    if (at > message.length) throw new RangeError('a field ends behind its message')
    const content = message.subarray(length.end, at)
    const changed = Math.floor(tag.value / 8) === field ? change(content, index++) : content
    parts.push(message.subarray(start, tag.end), varint(changed.length), changed)
  }
  return Buffer.concat(parts)
}

function endOfNumber(message: Buffer, at: number, wireType: number): number {
  if (wireType === FIXED64) return at + 8
  if (wireType === FIXED32) return at + 4
  if (wireType === VARINT) return readVarint(message, at).end
  throw new RangeError(`wire type ${wireType}`)
}

/** The value is exact up to 2^53; lengths and tags are below 2^32. */
function readVarint(message: Buffer, at: number): { value: number; end: number } {
  let value = 0
  for (let end = at, factor = 1; end < message.length; factor *= 128) {
    const byte = message[end++] ?? 0
    value += (byte % 128) * factor
    if (byte < 128) return { value, end }
  }
  throw new RangeError('a number has no end')
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128)
  return Buffer.from([...bytes, rest])
}

/** Of fields up to 15, one byte. */
function tagOf(field: number, wireType: number): number {
  return field * 8 + wireType
}
