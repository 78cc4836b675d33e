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
  return new ValueCounter(body, max).count(countedType(messageType(message)))
}

/** What the counter needs of a field, so that it looks nothing up while it walks. */
interface CountedField {
  /** Of a message. */
  readonly type: CountedType | undefined
  /** More values of the message itself, where it is a record. */
  readonly isRecord: boolean
  /** Of one number in a packed list; undefined for any other field. */
  readonly numberBytes: number | undefined
}
interface CountedType {
  /** By number. */
  readonly fields: readonly (CountedField | undefined)[]
}

const countedTypes = new Map<protobuf.Type, CountedType>()

function countedType(type: protobuf.Type): CountedType {
  const known = countedTypes.get(type)
  if (known) return known
  const fields: (CountedField | undefined)[] = []
  const counted = { fields }
  // Before its fields, because messages have themselves as parts.
  countedTypes.set(type, counted)
  for (const field of type.fieldsArray) {
    const { resolvedType } = field.resolve()
    const isMessage = resolvedType instanceof protobuf.Type
    fields[field.id] = {
      type: isMessage ? countedType(resolvedType) : undefined,
      isRecord: isMessage && resolvedType.name !== 'KeyValue',
      numberBytes: !isMessage && field.repeated ? (EIGHT_BYTES.has(field.type) ? 8 : 1) : undefined,
    }
  }
  return counted
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
  count(type: CountedType): number {
    this.#walk(type, this.#body.length, 0)
    return this.#values
  }

  #walk({ fields }: CountedType, end: number, depth: number): void {
    while (this.#position < end && this.#values <= this.#max) {
      const tag = this.#varint()
      const wireType = tag & 7
      this.#values++
      if (wireType === LENGTH_DELIMITED) this.#field(fields[tag >>> 3], depth)
      else if (wireType === VARINT) this.#varint()
      else if (wireType === FIXED64) this.#position += 8
      else if (wireType === FIXED32) this.#position += 4
      else if (wireType !== START_GROUP && wireType !== END_GROUP) this.#position = this.#body.length
    }
  }

  #field(field: CountedField | undefined, depth: number): void {
    const length = this.#varint()
    const end = Math.min(this.#position + length, this.#body.length)
    if (field?.type && depth < MAX_DEPTH) {
      if (length === 0) this.#values += EMPTY_VALUES
      if (depth < RECORD_DEPTH && field.isRecord) this.#values += RECORD_VALUES
      this.#walk(field.type, end, depth + 1)
    } else if (field?.numberBytes) this.#values += length / field.numberBytes
    this.#position = end
  }

  #varint(): number {
    const first = this.#body[this.#position++] ?? 0
    if (first < 0x80) return first
    let value = first & 0x7f
    for (let factor = 0x80; this.#position < this.#body.length; factor *= 0x80) {
      const byte = this.#body[this.#position++] ?? 0
      value += (byte & 0x7f) * factor
      if (byte < 0x80) break
    }
    return value
  }
}
