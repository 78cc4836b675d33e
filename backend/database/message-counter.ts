const LENGTH_BYTES = 4
/** SSLRequest and GSSENCRequest, after which a client sends its first packet again. */
const ENCRYPTION_REQUESTS = [80_877_103, 80_877_104]

/**
 * Counts the complete messages in the bytes of one client. A message is a letter, its length and its content; the packets
 * before the session has started have no letter. It keeps no content.
 *
 * Source: https://www.postgresql.org/docs/current/protocol-overview.html#PROTOCOL-MESSAGE-CONCEPTS
 */
export class MessageCounter {
  #hasStarted = false
  /** What is there of the message's beginning: its letter, its length, and of a first packet its code. */
  #head = Buffer.alloc(0)
  /** Bytes that the message still needs. */
  #missing = 0

  /** Returns how many messages end in these bytes. */
  count(bytes: Buffer): number {
    let complete = 0
    for (let rest = bytes; rest.length > 0; ) {
      rest = this.#missing > 0 ? this.#skip(rest) : this.#readHead(rest)
      if (this.#missing === 0 && this.#head.length === 0) complete++
    }
    return complete
  }

  #readHead(bytes: Buffer): Buffer {
    const letterBytes = this.#hasStarted ? 1 : 0
    const needed = LENGTH_BYTES + (this.#hasStarted ? letterBytes : LENGTH_BYTES)
    const taken = bytes.subarray(0, needed - this.#head.length)
    this.#head = Buffer.concat([this.#head, taken])
    if (this.#head.length === needed) {
      this.#missing = Math.max(0, this.#head.readInt32BE(letterBytes) + letterBytes - needed)
      if (!this.#hasStarted)
        this.#hasStarted = !ENCRYPTION_REQUESTS.includes(this.#head.readInt32BE(LENGTH_BYTES))
      this.#head = Buffer.alloc(0)
    }
    return bytes.subarray(taken.length)
  }

  #skip(bytes: Buffer): Buffer {
    const taken = Math.min(this.#missing, bytes.length)
    this.#missing -= taken
    return bytes.subarray(taken)
  }
}
