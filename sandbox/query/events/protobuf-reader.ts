// Source: https://protobuf.dev/programming-guides/encoding/

const VARINT = 0
const FIXED64 = 1
const LENGTH_DELIMITED = 2
const START_GROUP = 3
const END_GROUP = 4
const FIXED32 = 5

/** Slots of the cache of strings. Telemetry repeats its strings, and a string found here is compared, not decoded. */
const CACHE_SLOTS = 1 << 14
const MAX_CACHED_BYTES = 64

/** A reader over one message at a time. Nested messages are read in place. */
export class ProtobufReader {
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
    const text = bytes.toString('latin1', start, end)
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
