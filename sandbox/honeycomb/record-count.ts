const [QUOTE, BACKSLASH, COMMA] = [...'"\\,'].map((mark) => mark.charCodeAt(0))
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST] = [...'{}[]'].map((mark) => mark.charCodeAt(0))
/** Source: https://www.rfc-editor.org/rfc/rfc8259#section-2 */
const JSON_SPACES = new Set([...' \t\n\r'].map((mark) => mark.charCodeAt(0)))
/** Resources are elements of a list at 2, scopes at 4; spans, log records and metrics at 6. */
const MAX_JSON_DEPTH = 7

/**
 * How many resources, scopes and records the JSON of an export request has. Each takes up to 30 µs, even if it is `{}` or
 * `null`; what is in them takes less than their bytes suggest. Takes 2 ns a byte. Stops where there are more than `max`.
 */
export function countJsonRecords(body: Uint8Array, max: number): number {
  let records = 0
  let depth = 0
  /** Of each depth to MAX_JSON_DEPTH, a bit: whether it is a list of resources, scopes or records. */
  let lists = 0
  for (let at = 0; at < body.length && records <= max; at++) {
    const byte = body[at]
    if (byte === QUOTE) {
      for (at++; at < body.length && body[at] !== QUOTE; at++) if (body[at] === BACKSLASH) at++
    } else if (byte === COMMA) {
      if (depth < MAX_JSON_DEPTH && (lists & (1 << depth)) !== 0) records++
    } else if (byte === OPEN_OBJECT) {
      depth++
      if (depth < MAX_JSON_DEPTH) lists &= ~(1 << depth)
    } else if (byte === OPEN_LIST) {
      depth++
      if (depth >= MAX_JSON_DEPTH || depth % 2 !== 0) continue
      lists |= 1 << depth
      if (!isEmptyList(body, at + 1)) records++
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) depth--
  }
  return records
}

/** Whether a list whose elements would begin at `at` has none. */
function isEmptyList(body: Uint8Array, at: number): boolean {
  let first = at
  while (JSON_SPACES.has(body[first] ?? -1)) first++
  return body[first] === CLOSE_LIST || first >= body.length
}

/** By depth, the tags of the lists of resources (field 1), of scopes, and of records (both 2) in every export request. */
const LIST_TAGS = [0x0a, 0x12, 0x12]
const LENGTH_DELIMITED = 2

/**
 * The same in protobuf. Walks over the bytes of resources and scopes, and skips those of records. Invalid requests have fewer:
 * decoding rejects them.
 *
 * Source: https://github.com/open-telemetry/opentelemetry-proto, collector/{trace,logs,metrics}/v1
 */
export function countProtobufRecords(body: Uint8Array, max: number): number {
  let at = 0
  let records = 0
  const varint = (): number => {
    let value = 0
    for (let factor = 1; at < body.length; factor *= 0x80) {
      const byte = body[at++] ?? 0
      value += (byte & 0x7f) * factor
      if (byte < 0x80) break
    }
    return value
  }
  const walk = (end: number, depth: number): void => {
    while (at < end && records <= max) {
      const tag = varint()
      const wireType = tag & 7
      if (wireType === LENGTH_DELIMITED) {
        const fieldEnd = varint() + at
        if (tag === LIST_TAGS[depth]) {
          records++
          if (depth + 1 < LIST_TAGS.length) walk(Math.min(fieldEnd, end), depth + 1)
        }
        at = fieldEnd
      } else if (wireType === 0) varint()
      else if (wireType === 1) at += 8
      else if (wireType === 5) at += 4
      else if (wireType !== 3 && wireType !== 4) return
    }
  }
  walk(body.length, 0)
  return records
}
