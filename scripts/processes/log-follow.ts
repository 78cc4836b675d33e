import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'

const CHUNK_BYTES = 64 * 1024

/** A line that does not end is given out in pieces of this many characters. */
const MAX_LINE = 64 * 1024

/**
 * Reads what is added to a file, asked again and again. The file may not be there yet, may be cut short (it is read
 * from its start then) and may be replaced by another of its name (the old one is read to its end first).
 */
export class FollowedFile {
  readonly #path: string
  #offset: number
  #fd: number | undefined
  #partial = ''
  #decoder = new StringDecoder('utf8')

  constructor(path: string, offset = 0) {
    this.#path = path
    this.#offset = offset
  }

  /** The complete lines since the last call. */
  read(): string[] {
    this.#open()
    if (this.#fd === undefined) return []
    const lines = this.#readOpened(this.#fd)
    if (!this.#isReplaced(this.#fd)) return lines
    this.#letGo()
    return [...lines, ...this.read()]
  }

  /** Closes the file; answers what came since the last call, and what there is of a line that has no end. */
  close(): string[] {
    const lines = this.read()
    const rest = this.#partial === '' ? [] : [this.#partial]
    this.#letGo()
    return [...lines, ...rest]
  }

  #open(): void {
    if (this.#fd !== undefined) return
    try {
      this.#fd = openSync(this.#path, 'r')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }

  #readOpened(fd: number): string[] {
    if (fstatSync(fd).size < this.#offset) {
      this.#offset = 0
      this.#partial = ''
    }
    const lines: string[] = []
    const chunk = Buffer.alloc(CHUNK_BYTES)
    for (;;) {
      const length = readSync(fd, chunk, 0, CHUNK_BYTES, this.#offset)
      if (length === 0) return lines
      this.#offset += length
      const pieces = (this.#partial + this.#decoder.write(chunk.subarray(0, length))).split('\n')
      this.#partial = pieces.pop() ?? ''
      lines.push(...pieces)
      if (this.#partial.length > MAX_LINE) {
        lines.push(this.#partial)
        this.#partial = ''
      }
    }
  }

  #isReplaced(fd: number): boolean {
    const now = statSync(this.#path, { throwIfNoEntry: false })
    return now !== undefined && now.ino !== fstatSync(fd).ino
  }

  #letGo(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
    this.#offset = 0
    this.#partial = ''
    this.#decoder = new StringDecoder('utf8')
  }
}
