import type { ColumnValue, QueryFilter } from '../../contracts/sandbox/query.ts'

/** Whether an event passes filters. One without the column passes only `does-not-exist`, as at Honeycomb. */
export function passes(
  fields: Readonly<Record<string, ColumnValue>>,
  filters: readonly QueryFilter[] | undefined,
  combination: 'AND' | 'OR' | undefined,
): boolean {
  if (!filters?.length) return true
  const holds = (filter: QueryFilter) => holdsFilter(fields[filter.column], filter)
  return combination === 'OR' ? filters.some(holds) : filters.every(holds)
}

function holdsFilter(actual: ColumnValue | undefined, { op, value }: QueryFilter): boolean {
  if (op === 'exists') return actual !== undefined
  if (op === 'does-not-exist') return actual === undefined
  if (actual === undefined) return false
  const one = value as ColumnValue
  switch (op) {
    case '=':
      return isEqual(actual, one)
    case '!=':
      return !isEqual(actual, one)
    case 'in':
      return (value as ColumnValue[]).some((item) => isEqual(actual, item))
    case 'not-in':
      return !(value as ColumnValue[]).some((item) => isEqual(actual, item))
    case 'starts-with':
      return String(actual).startsWith(String(one))
    case 'does-not-start-with':
      return !String(actual).startsWith(String(one))
    case 'ends-with':
      return String(actual).endsWith(String(one))
    case 'does-not-end-with':
      return !String(actual).endsWith(String(one))
    case 'contains':
      return String(actual).includes(String(one))
    case 'does-not-contain':
      return !String(actual).includes(String(one))
    default:
      return isOrdered(actual, op, one)
  }
}

/** A number and the text of a number are compared as numbers: 2 equals "2" and "2.0". Two texts are compared as text. */
function isEqual(actual: ColumnValue, wanted: ColumnValue): boolean {
  if (typeof actual === 'number' || typeof wanted === 'number') {
    const [left, right] = [numberIn(actual), numberIn(wanted)]
    if (left !== undefined && right !== undefined) return left === right
  }
  return String(actual) === String(wanted)
}

function isOrdered(actual: ColumnValue, op: string, wanted: ColumnValue): boolean {
  if (typeof actual === 'string' && typeof wanted === 'string') return inOrder(actual, op, wanted)
  const [left, right] = [numberIn(actual), numberIn(wanted)]
  return left !== undefined && right !== undefined && inOrder(left, op, right)
}

export function inOrder<Value extends string | number>(left: Value, op: string, right: Value): boolean {
  if (op === '<') return left < right
  if (op === '<=') return left <= right
  if (op === '>') return left > right
  return left >= right
}

/** A number, or the number that a text is. */
function numberIn(value: ColumnValue): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value !== 'string' || value.trim() === '') return undefined
  return Number.isFinite(Number(value)) ? Number(value) : undefined
}
