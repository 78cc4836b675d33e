import { randomInt } from 'node:crypto'
import { EMPTY_VALUES, RECORD_VALUES } from './protobuf-size.ts'

/**
 * A name that is new in the body, or an array index, takes so many values more: JSON.parse makes a string, and a new shape of
 * object, of each. The field names of OTLP repeat, and none begins with a digit.
 */
const NEW_NAME_VALUES = 10
/** Elements of a list that together are a value: most are numbers. */
const ELEMENTS_PER_VALUE = 4
/** Records are objects in a list, at these depths: resources at 3, scopes at 5, spans, log records and metrics at 7. */
const MAX_RECORD_DEPTH = 7
/** The names that have been seen, a bit for each hash. */
const HASH_BITS = 20
/** Secret, so that a sender cannot make names that have the same hash. Odd */
const HASH_FACTOR = randomInt(0x4000_0000) * 2 + 1

const [QUOTE, BACKSLASH, COLON, COMMA] = [...'"\\:,'].map((mark) => mark.charCodeAt(0))
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [...'{}[]'].map((mark) => mark.charCodeAt(0))
const [ZERO, NINE] = [...'09'].map((digit) => digit.charCodeAt(0))

/**
 * How many values the JSON of an export request has: an object, a list or a field is one, a record `RECORD_VALUES`. Creates
 * none of them, and takes 5 ns a byte. Stops where there are more than `max`.
 */
export function countJsonValues(body: Uint8Array, max: number): number {
  const seen = new Uint8Array(2 ** (HASH_BITS - 3))
  let values = 0
  let depth = 0
  /** Of each depth to MAX_RECORD_DEPTH, whether it is a list. */
  let lists = 0
  let hash = 0
  let first: number | undefined
  /** The last mark. */
  let before: number | undefined
  for (let at = 0; at < body.length && values <= max; at++) {
    const byte = body[at]
    if (byte === QUOTE) {
      hash = 0
      first = body[at + 1]
      for (at++; at < body.length && body[at] !== QUOTE; at++) {
        if (body[at] === BACKSLASH) at++
        hash = Math.imul(hash ^ (body[at] ?? 0), HASH_FACTOR)
      }
    } else if (byte === COLON) {
      const slot = hash >>> (32 - HASH_BITS)
      const bit = 1 << (slot & 7)
      const bits = seen[slot >>> 3] ?? 0
      const isIndex = first !== undefined && first >= (ZERO ?? 0) && first <= (NINE ?? 0)
      values += isIndex || (bits & bit) === 0 ? 1 + NEW_NAME_VALUES : 1
      seen[slot >>> 3] = bits | bit
    } else if (byte === COMMA) values += 1 / ELEMENTS_PER_VALUE
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
      const isInList = depth <= MAX_RECORD_DEPTH && (lists & (1 << depth)) !== 0
      depth++
      const isRecord = byte === OPEN_OBJECT && isInList && depth <= MAX_RECORD_DEPTH && depth % 2 === 1
      values += isRecord ? 1 + RECORD_VALUES : 1
      if (depth <= MAX_RECORD_DEPTH) lists = byte === OPEN_LIST ? lists | (1 << depth) : lists & ~(1 << depth)
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
      depth--
      if (before === OPEN_OBJECT) values += EMPTY_VALUES
    } else continue
    before = byte
  }
  return values
}
