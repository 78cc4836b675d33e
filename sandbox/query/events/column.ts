import type { ColumnValue } from '../../../contracts/sandbox/query.ts'
import { Dictionary } from './dictionary.ts'

/** Rows per block. A column has only the blocks in which an event has it. */
const BLOCK_ROWS = 4_096
const BLOCK_SHIFT = 12
const BLOCK_MASK = BLOCK_ROWS - 1
/** What a dictionary needs for one value, besides its characters. bytes */
const NUMBER_BYTES = 32
const TEXT_BYTES = 80

/** Most columns have few values, so most blocks need one byte a row. */
type Block = Uint8Array | Uint16Array | Uint32Array

/** Counts what all columns of a table take, in bytes. */
export interface MemoryBudget {
  /** False, without taking anything, when not enough is left. */
  take(bytes: number): boolean
}

/** The values of some rows, one code each. Code 0 stands for no value. */
export interface CodedValues {
  readonly codes: Uint32Array
  readonly dictionary: Dictionary
}

/**
 * The values of one column, dictionary-encoded: each different value has a code, and each row a code. Filters and
 * calculated fields are then evaluated once for each different value, and grouping works on integers.
 */
export class Column {
  readonly name: string
  readonly dictionary = new Dictionary()
  readonly #blocks: (Block | undefined)[] = []
  /** The largest code that each block has room for; -1 without a block. */
  readonly #maxCodes: number[] = []
  readonly #budget: MemoryBudget

  constructor(name: string, budget: MemoryBudget) {
    this.name = name
    this.#budget = budget
  }

  /** The code of a value, which it adds to the dictionary; undefined where the budget does not allow it. */
  encode(value: ColumnValue): number | undefined {
    const known = this.dictionary.codeOf(value)
    if (known !== 0) return known
    const bytes = typeof value === 'string' ? TEXT_BYTES + value.length : NUMBER_BYTES
    return this.#budget.take(bytes) ? this.dictionary.add(value) : undefined
  }

  /** Replaces the row's value. False where the budget does not allow it. */
  putCode(row: number, code: number): boolean {
    const number = row >>> BLOCK_SHIFT
    if (number >= this.#maxCodes.length || code > (this.#maxCodes[number] as number)) {
      const block = this.#widen(this.#blocks[number], code)
      if (block === undefined) return false
      while (this.#maxCodes.length <= number) this.#maxCodes.push(-1)
      this.#blocks[number] = block
      this.#maxCodes[number] = 2 ** (8 * block.BYTES_PER_ELEMENT) - 1
    }
    ;(this.#blocks[number] as Block)[row & BLOCK_MASK] = code
    return true
  }

  put(row: number, value: ColumnValue): boolean {
    const code = this.encode(value)
    return code !== undefined && this.putCode(row, code)
  }

  codeAt(row: number): number {
    return this.#blocks[row >>> BLOCK_SHIFT]?.[row & BLOCK_MASK] ?? 0
  }

  valueAt(row: number): ColumnValue | null {
    return this.dictionary.value(this.codeAt(row))
  }

  /** The values of these rows, in their order. `codes` is filled, where a caller goes through many columns. */
  of(rows: Uint32Array, codes: Uint32Array = new Uint32Array(rows.length)): CodedValues {
    for (let from = 0; from < rows.length; ) {
      // Rows are mostly neighbours: find those of a block, and copy them in a loop over one type of array.
      const number = (rows[from] as number) >>> BLOCK_SHIFT
      let to = from + 1
      while (to < rows.length && (rows[to] as number) >>> BLOCK_SHIFT === number) to++
      const block = this.#blocks[number]
      if (block === undefined) codes.fill(0, from, to)
      else if (block instanceof Uint8Array) copyCodes(block, rows, codes, from, to)
      else if (block instanceof Uint16Array) copyWideCodes(block, rows, codes, from, to)
      else copyWidestCodes(block, rows, codes, from, to)
      from = to
    }
    return { codes, dictionary: this.dictionary }
  }

  /** A block that has room for the code; undefined where the budget does not allow it. */
  #widen(block: Block | undefined, code: number): Block | undefined {
    const width = code < 2 ** 8 ? 1 : code < 2 ** 16 ? 2 : 4
    if (!this.#budget.take(BLOCK_ROWS * (width - (block?.BYTES_PER_ELEMENT ?? 0)))) return undefined
    const wider = new { 1: Uint8Array, 2: Uint16Array, 4: Uint32Array }[width](BLOCK_ROWS)
    if (block) wider.set(block)
    return wider
  }
}

/** The values of rows in a column that does not exist. */
export function noValues(length: number): CodedValues {
  return { codes: new Uint32Array(length), dictionary: new Dictionary() }
}

// One function for each type, because V8 compiles a loop over several types of arrays to slower code.

function copyCodes(block: Uint8Array, rows: Uint32Array, codes: Uint32Array, from: number, to: number): void {
  for (let index = from; index < to; index++)
    codes[index] = block[(rows[index] as number) & BLOCK_MASK] as number
}

function copyWideCodes(
  block: Uint16Array,
  rows: Uint32Array,
  codes: Uint32Array,
  from: number,
  to: number,
): void {
  for (let index = from; index < to; index++)
    codes[index] = block[(rows[index] as number) & BLOCK_MASK] as number
}

function copyWidestCodes(
  block: Uint32Array,
  rows: Uint32Array,
  codes: Uint32Array,
  from: number,
  to: number,
): void {
  for (let index = from; index < to; index++)
    codes[index] = block[(rows[index] as number) & BLOCK_MASK] as number
}
