import { calculate, isPercentile, type Percentile, type SimpleOperator } from './calculations.ts'
import { concurrencyOfBuckets, concurrencyOfGroups, type Intervals } from './concurrency.ts'
import { type CellNumbers, combine, type Groups } from './groups.ts'
import type { Buckets, SelectedEvents } from './selected-events.ts'
import type { NamedCalculation, TimeRange } from './specification.ts'

type RateOperator = 'RATE_AVG' | 'RATE_SUM' | 'RATE_MAX'
const RATE_OF: Readonly<Record<RateOperator, SimpleOperator>> = {
  RATE_AVG: 'AVG',
  RATE_SUM: 'SUM',
  RATE_MAX: 'MAX',
}

/** Events in groups and buckets of time. */
export interface GroupedEvents {
  readonly selected: SelectedEvents
  readonly groups: Groups
  readonly buckets: Buckets
  readonly range: TimeRange
}

/** A number for each group; NaN stands for none. HEATMAP has none. */
export function valuesOfGroups(events: GroupedEvents, calculation: NamedCalculation): Float64Array {
  const { selected, groups, buckets, range } = events
  const { op } = calculation
  selected.check()
  if (op === 'HEATMAP') return new Float64Array(groups.count).fill(Number.NaN)
  if (op === 'CONCURRENCY') return concurrencyOfGroups(intervalsOf(events, calculation), spanOf(range))
  if (op === 'RATE_AVG' || op === 'RATE_SUM' || op === 'RATE_MAX') {
    const totals = new Float64Array(groups.count)
    const counts = new Float64Array(groups.count)
    for (const [key, rate] of ratesOf(events, calculation, op)) {
      const id = Math.floor(key / buckets.count)
      totals[id] = (totals[id] as number) + rate
      counts[id] = (counts[id] as number) + 1
    }
    return totals.map((total, id) => (counts[id] === 0 ? Number.NaN : total / (counts[id] as number)))
  }
  return simpleValues(selected, calculation, op, groups)
}

/** The numbers of the cells that have one. */
export function valuesOfCells(
  events: GroupedEvents,
  calculation: NamedCalculation,
  cells: Groups,
): CellNumbers {
  const { selected, buckets, range } = events
  const { op } = calculation
  selected.check()
  if (op === 'HEATMAP') return new Map()
  if (op === 'CONCURRENCY')
    return concurrencyOfBuckets(intervalsOf(events, calculation), spanOf(range), buckets)
  if (op === 'RATE_AVG' || op === 'RATE_SUM' || op === 'RATE_MAX') return ratesOf(events, calculation, op)
  const values = simpleValues(selected, calculation, op, cells)
  const numbers: CellNumbers = new Map()
  for (let cell = 0; cell < values.length; cell++) {
    const value = values[cell] as number
    if (!Number.isNaN(value)) numbers.set(keyOfCell(events, cells, cell), value)
  }
  return numbers
}

/** The cells in which groups have events: each group split by the buckets of time. */
export function cellsOf({ groups, buckets }: GroupedEvents): Groups {
  return combine(groups, buckets.ids, buckets.count)
}

export function keyOfCell({ groups, buckets }: GroupedEvents, cells: Groups, cell: number): number {
  const row = cells.firstRows[cell] as number
  return (groups.ids[row] as number) * buckets.count + (buckets.ids[row] as number)
}

function simpleValues(
  selected: SelectedEvents,
  calculation: NamedCalculation,
  op: SimpleOperator | Percentile,
  groups: Groups,
): Float64Array {
  if (!isPercentile(op)) return calculate(op, selected.input(calculation), groups)
  return selected.percentile(op, calculation, groups)
}

/**
 * How much the value of a bucket of time differs from that of the group's bucket before it that has one.
 *
 * Source: https://docs.honeycomb.io/investigate/query/build/visualize-rate
 */
function ratesOf(events: GroupedEvents, calculation: NamedCalculation, op: RateOperator): CellNumbers {
  const { selected, buckets } = events
  const cells = cellsOf(events)
  const values = simpleValues(selected, calculation, RATE_OF[op], cells)
  const known = Array.from(values, (value, cell) => ({ value, key: keyOfCell(events, cells, cell) }))
    .filter(({ value }) => !Number.isNaN(value))
    .sort((a, b) => a.key - b.key)
  const rates: CellNumbers = new Map()
  const groupOf = (key: number) => Math.floor(key / buckets.count)
  for (const [at, { key, value }] of known.entries()) {
    const before = known[at - 1]
    if (before && groupOf(before.key) === groupOf(key)) rates.set(key, value - before.value)
  }
  return rates
}

function intervalsOf({ selected, groups }: GroupedEvents, calculation: NamedCalculation): Intervals {
  return {
    startsMs: selected.timesMs,
    durationsMs: selected.numbers({ column: 'duration_ms' }),
    weights: selected.weights,
    mask: selected.input(calculation).mask,
    groupIds: groups.ids,
    groupCount: groups.count,
    check: selected.check,
  }
}

function spanOf({ start, end }: TimeRange) {
  return { fromMs: start * 1_000, toMs: end * 1_000 }
}
