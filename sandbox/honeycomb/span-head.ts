import type { SpanHead } from './span-chunk.ts'
import { enter, leave, passField, passText, type Reader, shapeOf } from './wire.ts'

/** Tags: the field's number and, in the last three bits, its wire type. */
const SPAN = {
  traceId: 0x0a,
  spanId: 0x12,
  parentSpanId: 0x22,
  name: 0x2a,
  startTimeUnixNano: 0x39,
  endTimeUnixNano: 0x41,
  status: 0x7a,
}
const STATUS_CODE = 0x18
const STATUS_CODE_ERROR = 2

const NO_TRACE = '0'.repeat(32)
const NO_SPAN = '0'.repeat(16)
/** Hex digits of the ids that W3C knows. */
const TRACE_ID_DIGITS = 32
const SPAN_ID_DIGITS = 16

/**
 * Reads over one span of a ScopeSpans, and gives what is looked at of it when it comes: no head where its ids are none.
 * Throws where decoding it would.
 */
export function readSpanHead(reader: Reader, body: Buffer): { traceId: string; head: SpanHead | undefined } {
  const shape = shapeOf('Span')
  let traceId = ''
  let spanId = ''
  let parentId = ''
  let name = ''
  let startMs = 0
  let endMs = 0
  let status = 0
  const outer = enter(reader, 3)
  while (reader.pos < reader.len) {
    const tag = reader.tag()
    switch (tag) {
      case SPAN.traceId:
        traceId = hexIn(reader, body)
        break
      case SPAN.spanId:
        spanId = hexIn(reader, body)
        break
      case SPAN.parentSpanId:
        parentId = hexIn(reader, body)
        break
      case SPAN.name:
        name = textIn(reader, body)
        break
      case SPAN.startTimeUnixNano:
        startMs = millisecondsIn(reader)
        break
      case SPAN.endTimeUnixNano:
        endMs = millisecondsIn(reader)
        break
      case SPAN.status:
        status = statusIn(reader, status)
        break
      default:
        passField(reader, shape, tag, 3)
    }
  }
  leave(reader, outer)
  const isSpan =
    traceId.length === TRACE_ID_DIGITS &&
    traceId !== NO_TRACE &&
    spanId.length === SPAN_ID_DIGITS &&
    spanId !== NO_SPAN
  const isRoot = parentId === '' || parentId === NO_SPAN
  const isError = status === STATUS_CODE_ERROR
  return { traceId, head: isSpan ? { spanId, name, isRoot, isError, startMs, endMs } : undefined }
}

function textIn(reader: Reader, body: Buffer): string {
  const length = passText(reader)
  return body.toString('utf8', reader.pos - length, reader.pos)
}

function hexIn(reader: Reader, body: Buffer): string {
  const length = reader.size()
  const from = reader.pos
  reader.skip(length)
  return body.toString('hex', from, from + length)
}

/** A fixed64 of nanoseconds, as a number of milliseconds: exact to a quarter of a microsecond. */
function millisecondsIn(reader: Reader): number {
  const low = reader.fixed32()
  return (reader.fixed32() * 2 ** 32 + low) / 1e6
}

function statusIn(reader: Reader, before: number): number {
  const shape = shapeOf('Status')
  let code = before
  const outer = enter(reader, 4)
  while (reader.pos < reader.len) {
    const tag = reader.tag()
    if (tag === STATUS_CODE) code = reader.int32()
    else passField(reader, shape, tag, 4)
  }
  leave(reader, outer)
  return code
}
