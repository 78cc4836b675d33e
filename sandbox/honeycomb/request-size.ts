import protobuf from 'protobufjs'
import { HttpError } from '../http/answer.ts'
import { METRICS_REQUEST } from './metric-records.ts'
import { messageType } from './otlp-schema.ts'

/**
 * Values that one metrics request may have: every field and every number of a list, such as data points, attributes,
 * exemplars and bucket counts. A value can be two bytes in a request, and a hundred in memory. SDKs send some thousands.
 */
const MAX_VALUES = 1_000_000
/** At most so many of these are in JSON for a value of metrics. */
const MARKS_PER_VALUE = 4
const MARKS = new Set([...'{[,'].map((mark) => mark.charCodeAt(0)))

const VARINT = 0
const FIXED64 = 1
const LENGTH_DELIMITED = 2
/** What is in a group, which OTLP does not have, is counted as if it were outside. */
const START_GROUP = 3
const END_GROUP = 4
const FIXED32 = 5
const EIGHT_BYTES = new Set(['fixed64', 'double'])
/** protobufjs refuses deeper messages. */
const MAX_DEPTH = 100

/**
 * Spans and log records have more values than data points of metrics: one attribute is four. 20 MB of an SDK's have less
 * than this, and smaller requests than this have no room for more.
 */
const MAX_RECORD_VALUES = 2 * MAX_VALUES
/** An attribute, which is four values, has four: `{"key":"a","value":{"stringValue":"b"}}`. */
const MARKS_PER_RECORD_VALUE = 2
const CHECKED_BYTES = 2 * 1024 * 1024

/**
 * Throws an HttpError (413) for a metrics request that would need too much memory when it is read, before anything of it is
 * decoded. Invalid requests pass: decoding rejects them.
 */
export function checkMetricsSize(body: Buffer, isJson: boolean): void {
  if (!hasMoreValues(METRICS_REQUEST, body, MAX_VALUES, isJson ? MARKS_PER_VALUE : undefined)) return
  throw new HttpError(
    413,
    `a metrics request may have at most ${MAX_VALUES.toLocaleString('en')} data points, attributes, exemplars and buckets together: send it in parts`,
  )
}

/** The same for a request with spans or log records, which is a `message`. */
export function checkRecordsSize(message: string, body: Buffer, isJson: boolean): void {
  if (
    body.byteLength <= CHECKED_BYTES ||
    !hasMoreValues(message, body, MAX_RECORD_VALUES, isJson ? MARKS_PER_RECORD_VALUE : undefined)
  )
    return
  throw new HttpError(
    413,
    `a request may have at most ${MAX_RECORD_VALUES.toLocaleString('en')} records, attributes and other fields together: send it in parts`,
  )
}

/** `marksPerValue` of a body in JSON. */
function hasMoreValues(
  message: string,
  body: Buffer,
  max: number,
  marksPerValue: number | undefined,
): boolean {
  return marksPerValue === undefined
    ? new ValueCounter(body, max).count(messageType(message)) > max
    : countMarks(body) > marksPerValue * max
}

/**
 * Records are stored with their resource and scope. One large resource with many small records would so become thousands
 * of times as large.
 */
const MAX_STORED_BYTES = 64 * 1024 * 1024

export type SizeBound = ReturnType<typeof createSizeBound>

/** Adds up the bytes that are stored of one request. `add` throws an HttpError (413) beyond 64 MiB. */
export function createSizeBound(maxBytes = MAX_STORED_BYTES) {
  let left = maxBytes
  return {
    add(bytes: number): void {
      left -= bytes
      if (left >= 0) return
      throw new HttpError(
        413,
        `the records of a request, each with its resource and scope, may take at most ${maxBytes} bytes: send it in parts, or with smaller resources`,
      )
    },
  }
}

/** Brackets and commas, also those inside of texts. */
function countMarks(body: Buffer): number {
  let marks = 0
  for (const byte of body) if (MARKS.has(byte)) marks++
  return marks
}

/** Walks over the bytes of a message and creates nothing. */
class ValueCounter {
  readonly #body: Buffer
  readonly #max: number
  #position = 0
  #values = 0

  constructor(body: Buffer, max: number) {
    this.#body = body
    this.#max = max
  }

  /** The number of values in the message, counted until there are too many or a field is invalid. */
  count(type: protobuf.Type): number {
    this.#walk(type, this.#body.length, 0)
    return this.#values
  }

  #walk(type: protobuf.Type, end: number, depth: number): void {
    while (this.#position < end && this.#values <= this.#max) {
      const tag = this.#varint()
      const wireType = tag & 7
      this.#values++
      if (wireType === VARINT) this.#varint()
      else if (wireType === FIXED64) this.#position += 8
      else if (wireType === FIXED32) this.#position += 4
      else if (wireType === LENGTH_DELIMITED) this.#field(type.fieldsById[tag >>> 3], depth)
      else if (wireType !== START_GROUP && wireType !== END_GROUP) this.#position = this.#body.length
    }
  }

  #field(field: protobuf.Field | undefined, depth: number): void {
    const length = this.#varint()
    const end = Math.min(this.#position + length, this.#body.length)
    const type = field?.resolve().resolvedType
    if (type instanceof protobuf.Type && depth < MAX_DEPTH) this.#walk(type, end, depth + 1)
    // A packed list of numbers.
    else if (field?.repeated) this.#values += length / (EIGHT_BYTES.has(field.type) ? 8 : 1)
    this.#position = end
  }

  #varint(): number {
    let value = 0
    for (let factor = 1; this.#position < this.#body.length; factor *= 0x80) {
      const byte = this.#body[this.#position++] ?? 0
      value += (byte & 0x7f) * factor
      if (byte < 0x80) break
    }
    return value
  }
}
