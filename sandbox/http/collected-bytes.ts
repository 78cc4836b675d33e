const FIRST_CAPACITY_BYTES = 64 * 1024

/**
 * The chunks of a body, in one buffer. A list of them would keep a Buffer for each, and all bytes that came with it: a body
 * in chunks of one byte would take a hundred times its size.
 */
export class CollectedBytes {
  #bytes: Buffer = Buffer.alloc(0)
  #length = 0

  append(chunk: Buffer): void {
    const end = this.#length + chunk.length
    // Most bodies have one chunk, which is not copied.
    if (this.#length === 0) this.#bytes = chunk
    else {
      if (end > this.#bytes.length || this.#length === this.#bytes.length) this.#grow(end)
      chunk.copy(this.#bytes, this.#length)
    }
    this.#length = end
  }

  /** What has been appended so far, which is not copied. */
  whole(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  #grow(needed: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(FIRST_CAPACITY_BYTES, 2 * needed))
    this.#bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
  }
}
