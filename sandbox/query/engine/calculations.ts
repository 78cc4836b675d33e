import { type CalculationOperator, PERCENTILES } from '../../../contracts/sandbox/query-words.ts'
import type { CodedValues } from '../events/column.ts'
import { combine, type Groups } from './groups.ts'

/** The events that a calculation goes over. All lists are parallel. */
export interface CalculationInput {
  /** Undefined without a column. */
  readonly column: CodedValues | undefined
  /** Sample rates. */
  readonly weights: Float64Array
  /** 1 for the events that the calculation's own filters let through; undefined without filters. */
  readonly mask: Uint8Array | undefined
}

export type Percentile = keyof typeof PERCENTILES
/** Operators that give one number per group, computed from the events of the group alone. */
export type SimpleOperator = Exclude<
  CalculationOperator,
  Percentile | 'HEATMAP' | 'CONCURRENCY' | `RATE_${string}`
>

export function isPercentile(op: CalculationOperator): op is Percentile {
  return Object.hasOwn(PERCENTILES, op)
}

/** The values of the column by event; NaN where it is no number, or the event is masked out. */
export function numbersOf({ column, mask }: CalculationInput, length: number): Float64Array {
  const numbers = new Float64Array(length).fill(Number.NaN)
  if (!column) return numbers
  const byCode = column.dictionary.numbers()
  for (let index = 0; index < length; index++) {
    if (mask === undefined || mask[index] === 1) {
      numbers[index] = byCode[column.codes[index] as number] as number
    }
  }
  return numbers
}

/**
 * The result for each group; NaN stands for none. COUNT, SUM and AVG are weighted by the sample rate, MIN, MAX and
 * COUNT_DISTINCT are not.
 */
export function calculate(op: SimpleOperator, input: CalculationInput, groups: Groups): Float64Array {
  if (op === 'COUNT') return count(input, groups)
  if (op === 'COUNT_DISTINCT') return countDistinct(input, groups)
  const numbers = numbersOf(input, groups.ids.length)
  if (op === 'MIN' || op === 'MAX') return extremes(op, numbers, groups)
  return sums(op, numbers, input.weights, groups)
}

function count(
  { column, weights, mask }: CalculationInput,
  { ids, count: groupCount }: Groups,
): Float64Array {
  const counts = new Float64Array(groupCount)
  for (let index = 0; index < ids.length; index++) {
    if (mask !== undefined && mask[index] !== 1) continue
    if (column !== undefined && column.codes[index] === 0) continue
    counts[ids[index] as number] = (counts[ids[index] as number] as number) + (weights[index] as number)
  }
  return counts
}

function countDistinct({ column, mask }: CalculationInput, groups: Groups): Float64Array {
  const counts = new Float64Array(groups.count)
  if (!column) return counts
  const { codes, dictionary } = column
  const wanted = mask ? codes.map((code, index) => (mask[index] === 1 ? code : 0)) : codes
  const pairs = combine(groups, wanted, dictionary.size)
  for (const index of pairs.firstRows) {
    if (wanted[index] === 0) continue
    const id = groups.ids[index] as number
    counts[id] = (counts[id] as number) + 1
  }
  return counts
}

function extremes(
  op: 'MIN' | 'MAX',
  numbers: Float64Array,
  { ids, count: groupCount }: Groups,
): Float64Array {
  const found = new Float64Array(groupCount).fill(Number.NaN)
  const sign = op === 'MIN' ? 1 : -1
  for (let index = 0; index < ids.length; index++) {
    const number = numbers[index] as number
    const id = ids[index] as number
    const best = found[id] as number
    // A comparison with NaN is false.
    if (number * sign < best * sign || (Number.isNaN(best) && !Number.isNaN(number))) found[id] = number
  }
  return found
}

function sums(
  op: 'SUM' | 'AVG',
  numbers: Float64Array,
  weights: Float64Array,
  { ids, count: groupCount }: Groups,
): Float64Array {
  const totals = new Float64Array(groupCount)
  const weightTotals = new Float64Array(groupCount)
  for (let index = 0; index < ids.length; index++) {
    const number = numbers[index] as number
    if (Number.isNaN(number)) continue
    const id = ids[index] as number
    const weight = weights[index] as number
    totals[id] = (totals[id] as number) + number * weight
    weightTotals[id] = (weightTotals[id] as number) + weight
  }
  return totals.map((total, id) => {
    const weight = weightTotals[id] as number
    return weight === 0 ? Number.NaN : op === 'SUM' ? total : total / weight
  })
}

/**
 * The indexes of the events whose value is a number, the smallest number first: a counting sort by the order of the
 * column's different values, which the column keeps.
 */
export function orderOf({ column, mask }: CalculationInput): Uint32Array {
  if (!column) return new Uint32Array(0)
  const { codes, dictionary } = column
  const sorted = dictionary.sortedCodes()
  const NONE = sorted.length
  const ranks = new Uint32Array(dictionary.size).fill(NONE)
  for (let rank = 0; rank < sorted.length; rank++) ranks[sorted[rank] as number] = rank
  const places = new Uint32Array(sorted.length + 1)
  const rankOf = new Uint32Array(codes.length)
  for (let index = 0; index < codes.length; index++) {
    const rank = mask === undefined || mask[index] === 1 ? (ranks[codes[index] as number] as number) : NONE
    rankOf[index] = rank
    places[rank] = (places[rank] as number) + 1
  }
  let total = 0
  for (let rank = 0; rank < NONE; rank++) {
    const own = places[rank] as number
    places[rank] = total
    total += own
  }
  const order = new Uint32Array(total)
  for (let index = 0; index < codes.length; index++) {
    const rank = rankOf[index] as number
    if (rank === NONE) continue
    const place = places[rank] as number
    order[place] = index
    places[rank] = place + 1
  }
  return order
}

/**
 * Percentiles of each group, by operator: the smallest value whose cumulative weight reaches the operator's share of the
 * group's weight. `order` has the indexes of the numbers in ascending order; one walk serves all groups and operators.
 */
export function percentiles(
  ops: readonly Percentile[],
  numbers: Float64Array,
  order: Uint32Array,
  weights: Float64Array,
  { ids, count: groupCount }: Groups,
): Float64Array[] {
  const totals = new Float64Array(groupCount)
  for (let index = 0; index < ids.length; index++) {
    if (Number.isNaN(numbers[index])) continue
    const id = ids[index] as number
    totals[id] = (totals[id] as number) + (weights[index] as number)
  }
  const results = ops.map(() => new Float64Array(groupCount).fill(Number.NaN))
  const ascending = ops
    .map((op, at) => ({ share: PERCENTILES[op], result: results[at] as Float64Array }))
    .toSorted((a, b) => a.share - b.share)
  const reached = new Float64Array(groupCount)
  // How many of `ascending` are found, by group.
  const found = new Uint8Array(groupCount)
  for (let at = 0; at < order.length; at++) {
    const index = order[at] as number
    const id = ids[index] as number
    const weight = (reached[id] as number) + (weights[index] as number)
    reached[id] = weight
    let next = found[id] as number
    while (next < ascending.length) {
      const one = ascending[next] as (typeof ascending)[number]
      if (weight < one.share * (totals[id] as number)) break
      one.result[id] = numbers[index] as number
      next++
    }
    found[id] = next
  }
  return results
}
