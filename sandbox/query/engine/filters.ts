import type { ColumnValue, QueryFilter } from '../../../contracts/sandbox/query.ts'
import type { CheckDeadline } from '../../read-thread/deadline.ts'
import type { ColumnSet } from './column-set.ts'

type Test = (value: ColumnValue | null) => boolean

/** Evaluations between two looks at the clock. */
const CHECK_EVERY = 1 << 14

/** Which of the rows the filters let through: 1 or 0 for each. Without filters all. */
export function maskOf(
  filters: readonly QueryFilter[],
  combination: 'AND' | 'OR',
  columns: ColumnSet,
  rows: Uint32Array,
  check: CheckDeadline,
): Uint8Array {
  const mask = new Uint8Array(rows.length)
  if (filters.length === 0 || combination === 'AND') mask.fill(1)
  for (const filter of filters) {
    const own = maskOfFilter(filter, columns, rows, check)
    const isAnd = combination === 'AND'
    for (let index = 0; index < mask.length; index++) {
      const passes = own[index] as number
      mask[index] = isAnd ? (mask[index] as number) & passes : (mask[index] as number) | passes
    }
    check()
  }
  return mask
}

/** Which of the rows one filter lets through. Each different value is tested once. */
export function maskOfFilter(
  filter: QueryFilter,
  columns: ColumnSet,
  rows: Uint32Array,
  check: CheckDeadline,
): Uint8Array {
  const { codes, dictionary } = columns.of(filter.column, rows)
  const test = testOf(filter)
  const mask = new Uint8Array(rows.length)
  const UNKNOWN = 2
  const known = new Uint8Array(dictionary.size).fill(UNKNOWN)
  let evaluations = 0
  for (let index = 0; index < codes.length; index++) {
    const code = codes[index] as number
    let result = known[code] as number
    if (result === UNKNOWN) {
      result = test(dictionary.value(code)) ? 1 : 0
      known[code] = result
      if (++evaluations % CHECK_EVERY === 0) check()
    }
    mask[index] = result
  }
  return mask
}

/** Keeps the rows whose mask is 1. */
export function select(rows: Uint32Array, mask: Uint8Array): Uint32Array {
  const kept = new Uint32Array(rows.length)
  let count = 0
  for (let index = 0; index < rows.length; index++) {
    if (mask[index] === 1) kept[count++] = rows[index] as number
  }
  return kept.subarray(0, count)
}

/**
 * Every operator except `does-not-exist` is false for an event without the column, the negated ones too, as at Honeycomb.
 */
function testOf({ op, value }: Pick<QueryFilter, 'op' | 'value'>): Test {
  const list = Array.isArray(value) ? value : []
  const one = (Array.isArray(value) ? undefined : value) as ColumnValue
  const text = String(one)
  const not =
    (test: Test): Test =>
    (own) =>
      own !== null && !test(own)
  const textTest =
    (test: (own: string) => boolean): Test =>
    (own) =>
      own !== null && test(String(own))
  switch (op) {
    case 'exists':
      return (own) => own !== null
    case 'does-not-exist':
      return (own) => own === null
    case '=':
      return (own) => isEqual(own, one)
    case '!=':
      return not((own) => isEqual(own, one))
    case 'in':
      return isIn(list)
    case 'not-in':
      return not(isIn(list))
    case '<':
      return (own) => compare(own, one) < 0
    case '<=':
      return (own) => compare(own, one) <= 0
    case '>':
      return (own) => compare(own, one) > 0
    case '>=':
      return (own) => compare(own, one) >= 0
    case 'starts-with':
      return textTest((own) => own.startsWith(text))
    case 'does-not-start-with':
      return not(textTest((own) => own.startsWith(text)))
    case 'ends-with':
      return textTest((own) => own.endsWith(text))
    case 'does-not-end-with':
      return not(textTest((own) => own.endsWith(text)))
    case 'contains':
      return textTest((own) => own.includes(text))
    case 'does-not-contain':
      return not(textTest((own) => own.includes(text)))
  }
}

/** Whether a value equals one of a list, as `isEqual` does, without comparing it with each. */
function isIn(list: readonly ColumnValue[]): Test {
  const texts = new Set(list.map(String))
  const numbers = new Set(list.map(numberOf))
  const realNumbers = new Set(list.filter((item) => typeof item === 'number'))
  return (own) => {
    if (own === null) return false
    if (texts.has(String(own))) return true
    if (typeof own === 'number') return numbers.has(own)
    const number = numberOf(own)
    return number !== undefined && realNumbers.has(number)
  }
}

/** A number equals the text of a number, because a value typed into a page is text; all else is compared as text. */
function isEqual(own: ColumnValue | null, wanted: ColumnValue): boolean {
  if (own === null) return false
  if (own === wanted) return true
  if (typeof own === 'number' || typeof wanted === 'number') {
    const [left, right] = [numberOf(own), numberOf(wanted)]
    if (left !== undefined && right !== undefined) return left === right
  }
  return String(own) === String(wanted)
}

/** Negative, zero or positive; NaN where the two cannot be compared, for which every comparison is false. */
function compare(own: ColumnValue | null, wanted: ColumnValue): number {
  if (own === null) return Number.NaN
  if (typeof own === 'number' || typeof wanted === 'number') {
    const [left, right] = [numberOf(own), numberOf(wanted)]
    return left === undefined || right === undefined ? Number.NaN : left - right
  }
  if (typeof own !== 'string' || typeof wanted !== 'string') return Number.NaN
  return own < wanted ? -1 : own > wanted ? 1 : 0
}

/** The number in a value; undefined for text that is none, as an id that reads as a number beyond all: `1e00000000000017`. */
function numberOf(value: ColumnValue): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value !== 'string' || value.trim() === '') return undefined
  const number = Number(value)
  return Number.isFinite(number) ? number : undefined
}
