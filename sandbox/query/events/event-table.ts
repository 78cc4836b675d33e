import type { ColumnValue } from '../../../contracts/sandbox/query.ts'
import { Column } from './column.ts'

/** Bounds of what is held for questions; what is beyond them is not loaded, and counted. */
export interface TableBounds {
  /** Honeycomb allows 10,000 columns in a dataset. */
  readonly maxColumns: number
  /** A span may have thousands of span events, each of which is a row. */
  readonly maxRows: number
  readonly maxBytes: number
}
const DEFAULT_TABLE_BOUNDS: TableBounds = {
  maxColumns: 2_000,
  maxRows: 3_000_000,
  maxBytes: 512 * 1024 * 1024,
}

/** The table that a row was stored in. */
export type Source = 'spans' | 'logs'

/** What a question can name. */
const MAX_NAME_LENGTH = 300

/** Compact when more than this share of the rows has been deleted from the store. */
const MAX_DEAD_SHARE = 0.25

/**
 * Events in columns. Rows are only added; rows that the store has deleted are left out of `rows` and removed when there
 * are many of them.
 */
export class EventTable {
  readonly #bounds: TableBounds
  #columns = new Map<string, Column>()
  #bytes = 0
  #length = 0
  #timesMs = new Float64Array(1_024)
  #weights = new Float64Array(1_024)
  /** The row's number in the store; of logs negative. */
  #origins = new Float64Array(1_024)
  #dataset: Column
  #oldest: Record<Source, number> = { spans: 0, logs: 0 }
  /** 1 for an event that lacks a value. */
  #isTruncated = new Uint8Array(1_024)
  #truncatedCount = 0
  /** How many events of a row in the store are left out, by its origin. */
  #leftOut = new Map<number, number>()

  constructor(bounds: TableBounds = DEFAULT_TABLE_BOUNDS) {
    this.#bounds = bounds
    this.#dataset = new Column('dataset', this.#budget)
  }

  get length(): number {
    return this.#length
  }

  /** Epoch ms, by row. */
  get timesMs(): Float64Array {
    return this.#timesMs
  }

  /** Sample rates, by row. */
  get weights(): Float64Array {
    return this.#weights
  }

  /** The names of datasets, by row. */
  get dataset(): Column {
    return this.#dataset
  }

  /** Events that are left out or lack a value, because a bound was reached or they cannot be read. */
  get truncated(): number {
    return this.#leftOut.values().reduce((sum, count) => sum + count, this.#truncatedCount)
  }

  column(name: string): Column | undefined {
    return this.#columns.get(name)
  }

  columns(): Iterable<Column> {
    return this.#columns.values()
  }

  /** Adds an event and returns its row; undefined at the bound. `origin` is the number of its row in the store. */
  add(source: Source, origin: number, dataset: string, timeMs: number, weight: number): number | undefined {
    if (this.#length >= this.#bounds.maxRows) {
      this.leaveOut(source, origin)
      return undefined
    }
    const row = this.#length++
    if (row === this.#timesMs.length) this.#grow()
    this.#timesMs[row] = timeMs
    this.#weights[row] = weight
    this.#origins[row] = signed(source, origin)
    this.#isTruncated[row] = 0
    if (!this.#dataset.put(row, dataset)) this.markTruncated(row)
    return row
  }

  setWeight(row: number, weight: number): void {
    this.#weights[row] = weight
  }

  /** Sets a value, or counts the event as truncated. */
  put(row: number, name: string, value: ColumnValue): void {
    const column = this.columnFor(name)
    if (!column?.put(row, value)) this.markTruncated(row)
  }

  /** The column, which it creates; undefined where the bound is reached. */
  columnFor(name: string): Column | undefined {
    const known = this.#columns.get(name)
    if (known || this.#columns.size >= this.#bounds.maxColumns || name.length > MAX_NAME_LENGTH) return known
    const column = new Column(name, this.#budget)
    this.#columns.set(name, column)
    return column
  }

  /** Counts an event that is not added, as one that cannot be read. */
  leaveOut(source: Source, origin: number): void {
    const key = signed(source, origin)
    this.#leftOut.set(key, (this.#leftOut.get(key) ?? 0) + 1)
  }

  markTruncated(row: number): void {
    if (this.#isTruncated[row] === 0) this.#truncatedCount++
    this.#isTruncated[row] = 1
  }

  /** Leaves out events whose row in the store is older, and frees their memory when they are many. */
  forgetBefore(oldest: Readonly<Record<Source, number>>): void {
    this.#oldest = { ...oldest }
    for (const origin of this.#leftOut.keys()) if (!this.#isStored(origin)) this.#leftOut.delete(origin)
    const live = this.rows()
    if (this.#length - live.length > MAX_DEAD_SHARE * this.#length) this.#keep(live)
  }

  /** The rows that the store still has, in the order in which they were loaded. */
  rows(): Uint32Array {
    const found = new Uint32Array(this.#length)
    const origins = this.#origins
    let count = 0
    for (let row = 0; row < this.#length; row++) {
      if (this.#isStored(origins[row] as number)) found[count++] = row
    }
    return found.subarray(0, count)
  }

  #isStored(origin: number): boolean {
    return origin < 0 ? -origin >= this.#oldest.logs : origin >= this.#oldest.spans
  }

  readonly #budget = {
    take: (bytes: number): boolean => {
      if (this.#bytes + bytes > this.#bounds.maxBytes) return false
      this.#bytes += bytes
      return true
    },
  }

  #grow(): void {
    const grown = (values: Float64Array) => {
      const more = new Float64Array(2 * values.length)
      more.set(values)
      return more
    }
    this.#timesMs = grown(this.#timesMs)
    this.#weights = grown(this.#weights)
    this.#origins = grown(this.#origins)
    const flags = new Uint8Array(this.#timesMs.length)
    flags.set(this.#isTruncated)
    this.#isTruncated = flags
  }

  /** Keeps these rows only. Dictionaries are built again, so that values which no row has any more are freed. */
  #keep(rows: Uint32Array): void {
    const [timesMs, weights, origins] = [this.#timesMs, this.#weights, this.#origins]
    this.#bytes = 0
    this.#truncatedCount = 0
    for (const [to, from] of rows.entries()) {
      timesMs[to] = timesMs[from] as number
      weights[to] = weights[from] as number
      origins[to] = origins[from] as number
      const isTruncated = this.#isTruncated[from] as number
      this.#isTruncated[to] = isTruncated
      this.#truncatedCount += isTruncated
    }
    this.#length = rows.length
    this.#dataset = this.#copy(this.#dataset, rows)
    const columns = this.#columns
    this.#columns = new Map()
    for (const [name, column] of columns) {
      const copy = this.#copy(column, rows)
      if (copy.dictionary.size > 1) this.#columns.set(name, copy)
    }
  }

  #copy(column: Column, rows: Uint32Array): Column {
    const copy = new Column(column.name, this.#budget)
    const { codes, dictionary } = column.of(rows)
    const newCodes = new Uint32Array(dictionary.size)
    for (const [row, code] of codes.entries()) {
      if (code === 0) continue
      let known = newCodes[code] as number
      if (known === 0) {
        known = copy.encode(dictionary.value(code) as ColumnValue) ?? 0
        newCodes[code] = known
      }
      if (known === 0 || !copy.putCode(row, known)) this.markTruncated(row)
    }
    return copy
  }
}

/** One number for a row of either table. */
function signed(source: Source, origin: number): number {
  return source === 'spans' ? origin : -origin
}
