import type { ColumnType, ColumnValue } from '../../../contracts/sandbox/query.ts'
import { sortedIndexes } from './sort.ts'

/** Random, so that a sender cannot choose numbers that all fall into one slot. */
const SEED = Math.floor(Math.random() * 2 ** 32)
const MIN_SLOTS = 16

const FLOAT = new Float64Array(1)
const WORDS = new Uint32Array(FLOAT.buffer)

/**
 * Numbers the different values of a column: each has a code, and 0 stands for no value. Numbers are kept apart from text,
 * in arrays of numbers: a million durations would otherwise be a million objects, and as many entries of a map.
 */
export class Dictionary {
  /** By code; undefined for a number, null for code 0. */
  readonly #texts: (string | boolean | null | undefined)[] = [null]
  readonly #codeOfText = new Map<string | boolean, number>()
  /** By code; NaN for what is no number. */
  #numbers = new Float64Array(MIN_SLOTS).fill(Number.NaN)
  /** Codes of numbers by their hash; 0 is free. At most half full. */
  #slots = new Uint32Array(MIN_SLOTS)
  #numberCount = 0
  // Neighbouring rows often have the same value.
  #last: ColumnValue | undefined
  #lastCode = 0
  #sortedCodes: Uint32Array = new Uint32Array(0)
  #sortedSize = 0

  /** Codes are below it. */
  get size(): number {
    return this.#texts.length
  }

  get hasNumbers(): boolean {
    return this.#numberCount > 0
  }

  value(code: number): ColumnValue | null {
    const text = this.#texts[code]
    return text === undefined ? (this.#numbers[code] as number) : text
  }

  /** By code, the values as numbers; NaN for what is no number. */
  numbers(): Float64Array {
    // Text at the end of the dictionary is not in the list yet.
    if (this.size > this.#numbers.length) this.#growNumbers(this.size)
    return this.#numbers.subarray(0, this.size)
  }

  /** The codes of numbers, the smallest number first. Kept from one question to the next, as long as no value is added. */
  sortedCodes(): Uint32Array {
    if (this.#sortedSize !== this.size) {
      this.#sortedCodes = sortedIndexes(this.numbers())
      this.#sortedSize = this.size
    }
    return this.#sortedCodes
  }

  /** The code of a value; 0 for one that is not there. */
  codeOf(value: ColumnValue): number {
    if (value === this.#last) return this.#lastCode
    const code =
      typeof value === 'number'
        ? (this.#slots[this.#slotOf(value)] as number)
        : (this.#codeOfText.get(value) ?? 0)
    if (code !== 0) {
      this.#last = value
      this.#lastCode = code
    }
    return code
  }

  /** Adds a value that is not there, and returns its code. */
  add(value: ColumnValue): number {
    const code = this.size
    if (typeof value === 'number') {
      this.#texts.push(undefined)
      if (code >= this.#numbers.length) this.#growNumbers(code + 1)
      this.#numbers[code] = value + 0
      if (++this.#numberCount > this.#slots.length / 2) this.#growSlots()
      this.#slots[this.#slotOf(value)] = code
    } else {
      this.#texts.push(value)
      this.#codeOfText.set(value, code)
    }
    return code
  }

  /** The slot that has the number's code, or the free one where it belongs. */
  #slotOf(value: number): number {
    FLOAT[0] = value + 0 // -0 and 0 are the same number
    const mask = this.#slots.length - 1
    for (
      let slot = mix(mix((WORDS[0] as number) ^ SEED) ^ (WORDS[1] as number)) & mask;
      ;
      slot = (slot + 1) & mask
    ) {
      const code = this.#slots[slot] as number
      if (code === 0 || this.#numbers[code] === value) return slot
    }
  }

  #growNumbers(least: number): void {
    const grown = new Float64Array(Math.max(least, Math.ceil(1.5 * this.#numbers.length))).fill(Number.NaN)
    grown.set(this.#numbers)
    this.#numbers = grown
  }

  #growSlots(): void {
    const before = this.#slots
    this.#slots = new Uint32Array(2 * before.length)
    for (const code of before) if (code !== 0) this.#slots[this.#slotOf(this.#numbers[code] as number)] = code
  }
}

/** Lets every bit change every other one. Source: the finalizer of MurmurHash3, fmix32 */
function mix(bits: number): number {
  let mixed = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return mixed ^ (mixed >>> 16)
}

/** The narrowest type that holds the values of all these codes: integer, float, boolean, else string. */
export function typeOfCodes(dictionary: Dictionary, codes: Uint32Array): ColumnType {
  let type: ColumnType | undefined
  for (let at = 0; at < codes.length; at++) {
    const value = dictionary.value(codes[at] as number)
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
