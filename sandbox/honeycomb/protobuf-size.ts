import protobuf from 'protobufjs'
import { messageType } from './otlp-schema.ts'

/**
 * Values that a record takes in addition to its fields, even an empty one: it becomes an object, a document and a row. So
 * do a resource and a scope.
 */
export const RECORD_VALUES = 16
/** So many more for an object without fields, which is read as one with all of them: two bytes of a request. */
export const EMPTY_VALUES = 3
/** The depth in a request: resources are at 1, scopes at 2, spans, log records and metrics at 3. */
const RECORD_DEPTH = 3

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
 * How many values an OTLP message has: a field or a number in a list is one, a record `RECORD_VALUES` more. Walks over its
 * bytes and creates nothing. Stops where there are more than `max`, or a field is invalid.
 */
export function countProtobufValues(message: string, body: Buffer, max: number): number {
  return new ValueCounter(body, max).count(messageType(message))
}

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
    if (type instanceof protobuf.Type && depth < MAX_DEPTH) {
      if (length === 0) this.#values += EMPTY_VALUES
      if (depth < RECORD_DEPTH && type.name !== 'KeyValue') this.#values += RECORD_VALUES
      this.#walk(type, end, depth + 1)
    }
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
