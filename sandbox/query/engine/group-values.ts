import { calculate, isPercentile, percentiles, type SimpleOperator } from './calculations.ts'
import { concurrency } from './concurrency.ts'
import { combine, type Groups } from './groups.ts'
import type { Buckets, SelectedEvents } from './selected-events.ts'
import type { NamedCalculation } from './specification.ts'

type RateOperator = 'RATE_AVG' | 'RATE_SUM' | 'RATE_MAX'
const RATE_OF: Readonly<Record<RateOperator, SimpleOperator>> = {
  RATE_AVG: 'AVG',
  RATE_SUM: 'SUM',
  RATE_MAX: 'MAX',
}

/** A number for each group; NaN stands for none. HEATMAP has none. */
export function valuesOfGroups(
  selected: SelectedEvents,
  calculation: NamedCalculation,
  groups: Groups,
  buckets: Buckets,
): Float64Array {
  const { op } = calculation
  selected.check()
  if (op === 'HEATMAP') return new Float64Array(groups.count).fill(Number.NaN)
  if (op === 'CONCURRENCY') return concurrency(intervalsOf(selected, calculation, groups))
  if (op === 'RATE_AVG' || op === 'RATE_SUM' || op === 'RATE_MAX') {
    const cells = combine(groups, buckets.ids, buckets.count)
    const rates = ratesOf(selected, calculation, op, groups, buckets, cells)
    return average(rates, cells, groups)
  }
  return simpleValues(selected, calculation, op, groups)
}

/** A number for each cell, which is a group in a bucket of time. `cells` is `groups` combined with the buckets. */
export function valuesOfCells(
  selected: SelectedEvents,
  calculation: NamedCalculation,
  groups: Groups,
  buckets: Buckets,
  cells: Groups,
): Float64Array {
  const { op } = calculation
  selected.check()
  if (op === 'HEATMAP') return new Float64Array(cells.count).fill(Number.NaN)
  if (op === 'CONCURRENCY') return concurrencyOfCells(selected, calculation, groups, buckets, cells)
  if (op === 'RATE_AVG' || op === 'RATE_SUM' || op === 'RATE_MAX') {
    return ratesOf(selected, calculation, op, groups, buckets, cells)
  }
  return simpleValues(selected, calculation, op, cells)
}

function simpleValues(
  selected: SelectedEvents,
  calculation: NamedCalculation,
  op: SimpleOperator,
  groups: Groups,
): Float64Array {
  if (!isPercentile(op)) return calculate(op, selected.input(calculation), groups)
  const order = selected.order(calculation)
  return percentiles([op], selected.numbers(calculation), order, selected.weights, groups)[0] as Float64Array
}

/**
 * How much the value of a bucket of time differs from that of the bucket before it that has one, per second. None in the
 * first bucket of a group.
 */
function ratesOf(
  selected: SelectedEvents,
  calculation: NamedCalculation,
  op: RateOperator,
  groups: Groups,
  buckets: Buckets,
  cells: Groups,
): Float64Array {
  const values = simpleValues(selected, calculation, RATE_OF[op], cells)
  const rates = new Float64Array(values.length).fill(Number.NaN)
  const groupOf = (cell: number) => groups.ids[cells.firstRows[cell] as number] as number
  const bucketOf = (cell: number) => buckets.ids[cells.firstRows[cell] as number] as number
  const ordered = Uint32Array.from(values, (_, cell) => cell)
    .filter((cell) => !Number.isNaN(values[cell]))
    .sort((a, b) => groupOf(a) - groupOf(b) || bucketOf(a) - bucketOf(b))
  for (let at = 1; at < ordered.length; at++) {
    const [before, cell] = [ordered[at - 1] as number, ordered[at] as number]
    if (groupOf(before) !== groupOf(cell)) continue
    const seconds = ((bucketOf(cell) - bucketOf(before)) * buckets.widthMs) / 1_000
    rates[cell] = ((values[cell] as number) - (values[before] as number)) / seconds
  }
  return rates
}

function average(rates: Float64Array, cells: Groups, groups: Groups): Float64Array {
  const totals = new Float64Array(groups.count)
  const counts = new Float64Array(groups.count)
  for (let cell = 0; cell < rates.length; cell++) {
    if (Number.isNaN(rates[cell])) continue
    const id = groups.ids[cells.firstRows[cell] as number] as number
    totals[id] = (totals[id] as number) + (rates[cell] as number)
    counts[id] = (counts[id] as number) + 1
  }
  return totals.map((total, id) => (counts[id] === 0 ? Number.NaN : total / (counts[id] as number)))
}

function intervalsOf(selected: SelectedEvents, calculation: NamedCalculation, groups: Groups) {
  return {
    startsMs: selected.timesMs,
    durationsMs: selected.numbers({ column: 'duration_ms' }),
    mask: selected.input(calculation).mask,
    groupIds: groups.ids,
    groupCount: groups.count,
  }
}

/** The greatest number in progress in each bucket of time, with events that began in an earlier one. */
function concurrencyOfCells(
  selected: SelectedEvents,
  calculation: NamedCalculation,
  groups: Groups,
  buckets: Buckets,
  cells: Groups,
): Float64Array {
  const greatest = new Map<number, number>()
  const active = new Float64Array(groups.count)
  const reached = new Int32Array(groups.count).fill(-1)
  const raise = (id: number, bucket: number, to: number) => {
    const key = id * buckets.count + bucket
    if (to > (greatest.get(key) ?? 0)) greatest.set(key, to)
  }
  concurrency(intervalsOf(selected, calculation, groups), (id, atMs, now, isStart) => {
    const position = (atMs - buckets.firstMs) / buckets.widthMs
    // An event that ends where a bucket begins is not in progress in that bucket.
    const bucket = Math.min(buckets.count - 1, isStart ? Math.floor(position) : Math.ceil(position) - 1)
    for (let next = (reached[id] as number) + 1; next <= bucket; next++) raise(id, next, active[id] as number)
    reached[id] = Math.max(reached[id] as number, bucket)
    active[id] = now
    if (isStart) raise(id, bucket, now)
  })
  return Float64Array.from(cells.firstRows, (row) => {
    const id = groups.ids[row] as number
    return greatest.get(id * buckets.count + (buckets.ids[row] as number)) ?? 0
  })
}
