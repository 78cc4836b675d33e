/** What the thread loads row by row. */
const SOURCES = ['spans', 'logs', 'metrics'] as const
type Source = (typeof SOURCES)[number]

/** A row of the store, and the total in it, which differs when the store was emptied and numbers its rows anew. */
export interface StoredRow {
  readonly row: number
  readonly total: number
}

/**
 * The row that each loader is reading, in memory that outlives the thread. A row at which a thread died, out of memory or
 * because it stood still, is left out by the next one: it would die there again.
 */
export class LoadingRows {
  /** For each source the row and the total of the row that is being read; -1 for none. */
  readonly shared: SharedArrayBuffer
  readonly #current: Float64Array
  readonly #deadly: Set<string>

  /** `shared` is the memory of the owner's; `deadly` is what `died` returned to the owner. */
  constructor(shared?: SharedArrayBuffer, deadly: readonly string[] = []) {
    this.shared = shared ?? new SharedArrayBuffer(SOURCES.length * 2 * Float64Array.BYTES_PER_ELEMENT)
    this.#current = new Float64Array(this.shared)
    this.#deadly = new Set(deadly)
    if (!shared) this.#current.fill(-1)
  }

  /** Calls `read`; throws for a row at which an earlier thread died. */
  reading(source: Source, { row, total }: StoredRow, read: () => void): void {
    if (this.#deadly.has(`${source} ${row} ${total}`)) throw new RangeError('a thread died at this row')
    const at = 2 * SOURCES.indexOf(source)
    this.#current[at] = row
    this.#current[at + 1] = total
    try {
      read()
    } finally {
      this.#current[at] = -1
    }
  }

  /** After a thread has died: the rows that it was reading, and those at which earlier ones died. */
  died(): readonly string[] {
    for (const [index, source] of SOURCES.entries()) {
      const [row = -1, total = -1] = this.#current.subarray(2 * index, 2 * index + 2)
      if (row >= 0) this.#deadly.add(`${source} ${row} ${total}`)
    }
    this.#current.fill(-1)
    return [...this.#deadly]
  }
}
