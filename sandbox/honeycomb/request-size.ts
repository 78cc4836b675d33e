import protobuf from 'protobufjs'
import { HttpError } from '../http/answer.ts'
import { METRICS_REQUEST } from './metric-records.ts'
import { messageType } from './otlp-schema.ts'

/**
 * Values that one metrics request may have: every field and every number of a list, such as data points, attributes,
 * exemplars and bucket counts. A value can be two bytes in a request, and a hundred in memory. SDKs send some thousands.
 */
const MAX_VALUES = 1_000_000
/** A value takes about four of these in JSON: `{"key":"a","value":{"stringValue":"b"}}`. */
const MAX_MARKS = 4 * MAX_VALUES
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
 * Throws an HttpError (413) for a metrics request that would need too much memory when it is read, before anything of it is
 * decoded. Invalid requests pass: decoding rejects them.
 */
export function checkMetricsSize(body: Buffer, isJson: boolean): void {
  const isTooLarge = isJson
    ? countMarks(body) > MAX_MARKS
    : new ValueCounter(body).count(messageType(METRICS_REQUEST)) > MAX_VALUES
  if (!isTooLarge) return
  throw new HttpError(
    413,
    `a metrics request may have at most ${MAX_VALUES.toLocaleString('en')} data points, attributes, exemplars and buckets together: send it in parts`,
  )
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
  #position = 0
  #values = 0

  constructor(body: Buffer) {
    this.#body = body
  }

  /** The number of values in the message, counted until there are too many or a field is invalid. */
  count(type: protobuf.Type): number {
    this.#walk(type, this.#body.length, 0)
    return this.#values
  }

  #walk(type: protobuf.Type, end: number, depth: number): void {
    while (this.#position < end && this.#values <= MAX_VALUES) {
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
