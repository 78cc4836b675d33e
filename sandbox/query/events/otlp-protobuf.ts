import type { Attribute } from '../../../contracts/sandbox/trace.ts'
import type { OtlpEvent, OtlpLink, OtlpScope, OtlpSpan, Pairs, ResourceSpans } from './otlp.ts'

// Reads an ExportTraceServiceRequest into just what a question needs. protobufjs builds an object with every field of
// every message, which takes three times as long; the first question waits for all stored spans. The bytes were checked
// by the receiver, which stored them.
// Source: https://protobuf.dev/programming-guides/encoding/, opentelemetry-proto (numbers of the fields)

const VARINT = 0
const FIXED64 = 1
const LENGTH_DELIMITED = 2
const START_GROUP = 3
const END_GROUP = 4
const FIXED32 = 5

/** Slots of the cache of strings. Telemetry repeats its strings, and a string found here is compared, not decoded. */
const CACHE_SLOTS = 1 << 14
const MAX_CACHED_BYTES = 64

/** The deepest nesting of values that the receiver accepts. */
const MAX_DEPTH = 64

/** A reader over one message at a time. Nested messages are read in place. */
class ProtobufReader {
  #bytes: Buffer = Buffer.alloc(0)
  #cache: (string | undefined)[] = new Array(CACHE_SLOTS)
  #traceId: Uint8Array = new Uint8Array(0)
  #traceIdText = ''
  position = 0

  load(bytes: Uint8Array): void {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.position = 0
  }

  get length(): number {
    return this.#bytes.length
  }

  /** An unsigned integer up to 2^53; larger ones lose precision. */
  varint(): number {
    const bytes = this.#bytes
    let byte = bytes[this.position++] as number
    if (byte < 0x80) return byte
    let value = byte & 0x7f
    let factor = 0x80
    do {
      byte = bytes[this.position++] as number
      value += (byte & 0x7f) * factor
      factor *= 0x80
    } while (byte >= 0x80)
    return value
  }

  /** A signed 64-bit integer: a number where that is exact, else its digits. */
  int64(): number | string {
    const start = this.position
    const value = this.varint()
    if (value <= Number.MAX_SAFE_INTEGER) return value
    this.position = start
    let exact = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.#bytes[this.position++] as number
      exact |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) break
    }
    const signed = BigInt.asIntN(64, exact)
    const number = Number(signed)
    return Number.isSafeInteger(number) ? number : signed.toString()
  }

  fixed32(): number {
    this.position += 4
    return this.#bytes.readUInt32LE(this.position - 4)
  }

  double(): number {
    this.position += 8
    return this.#bytes.readDoubleLE(this.position - 8)
  }

  /** Spans of one trace are stored together, so its id is mostly the last one that was read. */
  traceId(end: number): string {
    const start = this.position
    const bytes = this.#bytes
    let index = 0
    while (index < this.#traceId.length && this.#traceId[index] === bytes[start + index]) index++
    if (index === this.#traceId.length && index === end - start) {
      this.position = end
      return this.#traceIdText
    }
    this.#traceId = bytes.subarray(start, end)
    this.#traceIdText = this.hex(end)
    return this.#traceIdText
  }

  hex(end: number): string {
    const text = this.#bytes.toString('hex', this.position, end)
    this.position = end
    return text
  }

  base64(end: number): string {
    const text = this.#bytes.toString('base64', this.position, end)
    this.position = end
    return text
  }

  isZero(end: number): boolean {
    for (let index = this.position; index < end; index++) if (this.#bytes[index] !== 0) return false
    return true
  }

  text(end: number): string {
    const start = this.position
    this.position = end
    const length = end - start
    if (length > MAX_CACHED_BYTES) return this.#bytes.toString('utf8', start, end)
    const bytes = this.#bytes
    // FNV-1a
    let hash = 0x811c9dc5
    let anyBit = 0
    for (let index = start; index < end; index++) {
      const byte = bytes[index] as number
      hash = Math.imul(hash ^ byte, 0x01000193)
      anyBit |= byte
    }
    // Only ASCII is cached: its bytes are its UTF-16 units. The two bytes of "é" are the units of "Ã©".
    if (anyBit >= 0x80) return bytes.toString('utf8', start, end)
    const slot = (hash ^ (hash >>> 15)) & (CACHE_SLOTS - 1)
    const cached = this.#cache[slot]
    if (cached !== undefined && cached.length === length) {
      let index = 0
      while (index < length && cached.charCodeAt(index) === bytes[start + index]) index++
      if (index === length) return cached
    }
    const text = bytes.toString('utf8', start, end)
    this.#cache[slot] = text
    return text
  }

  skip(wireType: number): void {
    if (wireType === VARINT) this.varint()
    else if (wireType === FIXED64) this.position += 8
    else if (wireType === FIXED32) this.position += 4
    // varint() moves the position before its result is added.
    else if (wireType === LENGTH_DELIMITED) this.position = this.varint() + this.position
    else if (wireType === START_GROUP) this.skipGroup()
    else throw new Error(`there is no wire type ${wireType}`)
  }

  /** Groups were given up with proto2, and unknown fields may still be some. */
  skipGroup(): void {
    for (let depth = 1; depth > 0; ) {
      const wireType = this.varint() & 7
      if (wireType === START_GROUP) depth++
      else if (wireType === END_GROUP) depth--
      else this.skip(wireType)
      if (this.position > this.length) throw new Error('a group does not end')
    }
  }
}

const reader = new ProtobufReader()

/** Calls `field` with the number and wire type of each field up to `end`. */
function eachField(end: number, field: (number: number, wireType: number) => void): void {
  while (reader.position < end) {
    const tag = reader.varint()
    field(tag >>> 3, tag & 7)
  }
}

/** The end of the length-delimited field at the reader's position. */
function endOfField(): number {
  const length = reader.varint()
  return reader.position + length
}

/** The spans of a stored ExportTraceServiceRequest, by resource. */
export function readResourceSpans(body: Uint8Array): ResourceSpans[] {
  reader.load(body)
  const all: ResourceSpans[] = []
  eachField(reader.length, (number, wireType) => {
    if (number === 1) all.push(resourceSpans(endOfField()))
    else reader.skip(wireType)
  })
  return all
}

function resourceSpans(end: number): ResourceSpans {
  const attributes: Pairs = []
  const scopes: OtlpScope[] = []
  let schemaUrl = ''
  eachField(end, (number, wireType) => {
    if (number === 1) {
      eachField(endOfField(), (field, type) => {
        if (field === 1) keyValue(endOfField(), attributes)
        else reader.skip(type)
      })
    } else if (number === 2) scopes.push(scopeSpans(endOfField()))
    else if (number === 3) schemaUrl = reader.text(endOfField())
    else reader.skip(wireType)
  })
  return { attributes, schemaUrl, scopes }
}

function scopeSpans(end: number): OtlpScope {
  const scope: OtlpScope = { name: '', version: '', schemaUrl: '', attributes: [], spans: [] }
  eachField(end, (number, wireType) => {
    if (number === 1) {
      eachField(endOfField(), (field, type) => {
        if (field === 1) scope.name = reader.text(endOfField())
        else if (field === 2) scope.version = reader.text(endOfField())
        else if (field === 3) keyValue(endOfField(), scope.attributes)
        else reader.skip(type)
      })
    } else if (number === 2) scope.spans.push(span(endOfField()))
    else if (number === 3) scope.schemaUrl = reader.text(endOfField())
    else reader.skip(wireType)
  })
  return scope
}

function span(end: number): OtlpSpan {
  const found: OtlpSpan = {
    traceId: '',
    spanId: '',
    parentSpanId: '',
    traceState: '',
    name: '',
    kind: 0,
    start: { low: 0, high: 0 },
    end: { low: 0, high: 0 },
    attributes: [],
    events: [],
    links: [],
    statusCode: 0,
    statusMessage: '',
  }
  while (reader.position < end) {
    const tag = reader.varint()
    switch (tag >>> 3) {
      case 1:
        found.traceId = reader.traceId(endOfField())
        break
      case 2:
        found.spanId = reader.hex(endOfField())
        break
      case 3:
        found.traceState = reader.text(endOfField())
        break
      case 4: {
        const idEnd = endOfField()
        if (!reader.isZero(idEnd)) found.parentSpanId = reader.hex(idEnd)
        reader.position = idEnd
        break
      }
      case 5:
        found.name = reader.text(endOfField())
        break
      case 6:
        found.kind = reader.varint()
        break
      case 7:
        found.start = { low: reader.fixed32(), high: reader.fixed32() }
        break
      case 8:
        found.end = { low: reader.fixed32(), high: reader.fixed32() }
        break
      case 9:
        keyValue(endOfField(), found.attributes)
        break
      case 11:
        found.events.push(event(endOfField()))
        break
      case 13:
        found.links.push(link(endOfField()))
        break
      case 15:
        eachField(endOfField(), (number, wireType) => {
          if (number === 2) found.statusMessage = reader.text(endOfField())
          else if (number === 3) found.statusCode = reader.varint()
          else reader.skip(wireType)
        })
        break
      default:
        reader.skip(tag & 7)
    }
  }
  return found
}

function event(end: number): OtlpEvent {
  const found: OtlpEvent = { time: { low: 0, high: 0 }, name: '', attributes: [] }
  eachField(end, (number, wireType) => {
    if (number === 1) found.time = { low: reader.fixed32(), high: reader.fixed32() }
    else if (number === 2) found.name = reader.text(endOfField())
    else if (number === 3) keyValue(endOfField(), found.attributes)
    else reader.skip(wireType)
  })
  return found
}

function link(end: number): OtlpLink {
  const found: OtlpLink = { traceId: '', spanId: '', attributes: [] }
  eachField(end, (number, wireType) => {
    if (number === 1) found.traceId = reader.hex(endOfField())
    else if (number === 2) found.spanId = reader.hex(endOfField())
    else if (number === 4) keyValue(endOfField(), found.attributes)
    else reader.skip(wireType)
  })
  return found
}

/** Adds a KeyValue to `pairs`. */
function keyValue(end: number, pairs: Pairs, depth = 0): void {
  let key = ''
  let value: Attribute = null
  while (reader.position < end) {
    const tag = reader.varint()
    if (tag >>> 3 === 1) key = reader.text(endOfField())
    else if (tag >>> 3 === 2) value = anyValue(endOfField(), depth)
    else reader.skip(tag & 7)
  }
  pairs.push(key, value)
}

function anyValue(end: number, depth: number): Attribute {
  if (depth > MAX_DEPTH) throw new Error(`values are nested deeper than ${MAX_DEPTH}`)
  let value: Attribute = null
  while (reader.position < end) {
    const tag = reader.varint()
    switch (tag >>> 3) {
      case 1:
        value = reader.text(endOfField())
        break
      case 2:
        value = reader.varint() !== 0
        break
      case 3:
        value = reader.int64()
        break
      case 4: {
        const number = reader.double()
        value = Number.isFinite(number) ? number : String(number)
        break
      }
      case 5: {
        const items: Attribute[] = []
        eachField(endOfField(), (number, wireType) => {
          if (number === 1) items.push(anyValue(endOfField(), depth + 1))
          else reader.skip(wireType)
        })
        value = items
        break
      }
      case 6: {
        const pairs: Pairs = []
        eachField(endOfField(), (number, wireType) => {
          if (number === 1) keyValue(endOfField(), pairs, depth + 1)
          else reader.skip(wireType)
        })
        value = Object.fromEntries(
          Array.from({ length: pairs.length / 2 }, (_, index) => [pairs[2 * index], pairs[2 * index + 1]]),
        )
        break
      }
      case 7:
        value = { bytesValue: reader.base64(endOfField()) }
        break
      default:
        reader.skip(tag & 7)
    }
  }
  return value
}
