import type { ColumnType, ColumnValue } from '../../../contracts/sandbox/query.ts'
import { sortedIndexes } from './sort.ts'

/** Rows per block. A column has only the blocks in which an event has it. */
const BLOCK_ROWS = 4_096
const BLOCK_SHIFT = 12
const BLOCK_MASK = BLOCK_ROWS - 1
const BLOCK_BYTES = BLOCK_ROWS * Uint32Array.BYTES_PER_ELEMENT
/** What V8 needs for one dictionary entry besides its characters: the string or number, the map's slot, the list's. */
const ENTRY_BYTES = 64

/** Counts what all columns of a table take, in bytes. */
export interface MemoryBudget {
  /** False, without taking anything, when not enough is left. */
  take(bytes: number): boolean
}

/** The values of some rows, one code each. Code 0 stands for no value. */
export interface CodedValues {
  readonly codes: Uint32Array
  /** By code; null for code 0. */
  readonly values: readonly (ColumnValue | null)[]
  /** By code, the values as numbers; NaN for what is no number. */
  numbers(): Float64Array
  /** The codes of numbers, the smallest number first. */
  sortedCodes(): Uint32Array
}

/** The values of rows in a column that does not exist. */
export function noValues(length: number): CodedValues {
  return {
    codes: new Uint32Array(length),
    values: [null],
    numbers: () => new Float64Array([Number.NaN]),
    sortedCodes: () => new Uint32Array(0),
  }
}

/**
 * The values of one column, dictionary-encoded: each different value has a code, and each row a code. Filters and
 * calculated fields are then evaluated once for each different value, and grouping works on integers.
 */
export class Column {
  readonly name: string
  /** By code. */
  readonly values: (ColumnValue | null)[] = [null]
  readonly #codeOf = new Map<ColumnValue, number>()
  readonly #blocks: (Uint32Array | undefined)[] = []
  readonly #budget: MemoryBudget
  #numbers = new Float64Array(16).fill(Number.NaN)
  // Neighbouring rows often have the same value.
  #last: ColumnValue | undefined
  #lastCode = 0
  #sortedCodes: Uint32Array = new Uint32Array(0)
  #sortedLength = 0

  constructor(name: string, budget: MemoryBudget) {
    this.name = name
    this.#budget = budget
  }

  /** The code of a value, which it adds to the dictionary; undefined where the budget does not allow it. */
  encode(value: ColumnValue): number | undefined {
    if (value === this.#last) return this.#lastCode
    const known = this.#codeOf.get(value)
    if (known !== undefined) {
      this.#last = value
      this.#lastCode = known
      return known
    }
    if (!this.#budget.take(ENTRY_BYTES + (typeof value === 'string' ? value.length : 0))) return undefined
    const code = this.values.length
    this.values.push(value)
    this.#codeOf.set(value, code)
    if (typeof value === 'number') this.#setNumber(code, value)
    return code
  }

  /** The code of a value that some row may have; undefined for any other value. */
  codeOf(value: ColumnValue): number | undefined {
    return this.#codeOf.get(value)
  }

  /** Replaces the row's value. False where the budget does not allow it. */
  putCode(row: number, code: number): boolean {
    let block = this.#blocks[row >>> BLOCK_SHIFT]
    if (block === undefined) {
      if (!this.#budget.take(BLOCK_BYTES)) return false
      block = new Uint32Array(BLOCK_ROWS)
      this.#blocks[row >>> BLOCK_SHIFT] = block
    }
    block[row & BLOCK_MASK] = code
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
    return this.values[this.codeAt(row)] ?? null
  }

  /** The values of these rows, in their order. `codes` is filled, where a caller goes through many columns. */
  of(rows: Uint32Array, codes: Uint32Array = new Uint32Array(rows.length)): CodedValues {
    const blocks = this.#blocks
    for (let index = 0; index < rows.length; ) {
      // Rows are mostly neighbours: look the block up once for all of them.
      const number = (rows[index] as number) >>> BLOCK_SHIFT
      const block = blocks[number]
      if (block === undefined) {
        while (index < rows.length && (rows[index] as number) >>> BLOCK_SHIFT === number) codes[index++] = 0
        continue
      }
      for (; index < rows.length; index++) {
        const row = rows[index] as number
        if (row >>> BLOCK_SHIFT !== number) break
        codes[index] = block[row & BLOCK_MASK] as number
      }
    }
    return {
      codes,
      values: this.values,
      numbers: () => this.#allNumbers(),
      sortedCodes: () => this.#allSortedCodes(),
    }
  }

  #allNumbers(): Float64Array {
    // Values without a number at the end of the dictionary are not in the list yet.
    if (this.values.length > this.#numbers.length) this.#setNumber(this.values.length, Number.NaN)
    return this.#numbers.subarray(0, this.values.length)
  }

  /** Kept from one question to the next, as long as no value is added. */
  #allSortedCodes(): Uint32Array {
    if (this.#sortedLength !== this.values.length) {
      this.#sortedCodes = sortedIndexes(this.#allNumbers())
      this.#sortedLength = this.values.length
    }
    return this.#sortedCodes
  }

  #setNumber(code: number, value: number): void {
    if (code >= this.#numbers.length) {
      const grown = new Float64Array(2 * code).fill(Number.NaN)
      grown.set(this.#numbers)
      this.#numbers = grown
    }
    this.#numbers[code] = value
  }
}

/** The narrowest type that holds the values of all these codes: integer, float, boolean, else string. */
export function typeOfCodes(values: readonly (ColumnValue | null)[], codes: Uint32Array): ColumnType {
  let type: ColumnType | undefined
  for (let at = 0; at < codes.length; at++) {
    const value = values[codes[at] as number]
    if (typeof value === 'string') return 'string'
    if (typeof value === 'boolean') {
      if (type !== undefined && type !== 'boolean') return 'string'
      type = 'boolean'
    } else {
      if (type === 'boolean') return 'string'
      if (type !== 'float') type = Number.isInteger(value) ? 'integer' : 'float'
    }
  }
  return type ?? 'string'
}
