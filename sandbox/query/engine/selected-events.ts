import type { QueryFilter } from '../../../contracts/sandbox/query.ts'
import type { CheckDeadline } from '../../read-thread/deadline.ts'
import type { CodedValues } from '../events/column.ts'
import type { EventTable } from '../events/event-table.ts'
import {
  type CalculationInput,
  isPercentile,
  numbersOf,
  orderOf,
  type Percentile,
  percentiles,
} from './calculations.ts'
import type { ColumnSet } from './column-set.ts'
import { maskOf } from './filters.ts'
import type { Groups } from './groups.ts'
import type { NamedCalculation, TimeRange } from './specification.ts'

/** A calculation's column and own filters. */
export interface Operand {
  readonly column?: string | undefined
  readonly filters?: readonly QueryFilter[] | undefined
  readonly filter_combination?: 'AND' | 'OR' | undefined
}

/** The events that match a question, with what its calculations share. Lists are parallel to `rows`. */
export class SelectedEvents {
  readonly rows: Uint32Array
  readonly weights: Float64Array
  readonly timesMs: Float64Array
  readonly columns: ColumnSet
  readonly check: CheckDeadline
  readonly #coded = new Map<string, CodedValues>()
  readonly #masks = new Map<string, Uint8Array>()
  readonly #numbers = new Map<string, Float64Array>()
  readonly #orders = new Map<string, Uint32Array>()
  readonly #percentiles = new Map<Groups, Map<string, Map<Percentile, Float64Array>>>()
  readonly #calculations: readonly NamedCalculation[]

  /** `calculations` are the question's, so that what they share is computed once. */
  constructor(
    table: EventTable,
    columns: ColumnSet,
    rows: Uint32Array,
    check: CheckDeadline,
    calculations: readonly NamedCalculation[] = [],
  ) {
    this.#calculations = calculations
    this.rows = rows
    this.columns = columns
    this.check = check
    this.weights = gather(table.weights, rows)
    this.timesMs = gather(table.timesMs, rows)
  }

  column(name: string): CodedValues {
    return remember(this.#coded, name, () => this.columns.of(name, this.rows))
  }

  input(operand: Operand): CalculationInput {
    const { column, filters } = operand
    return {
      column: column === undefined ? undefined : this.column(column),
      weights: this.weights,
      mask: filters?.length ? this.#mask(operand) : undefined,
    }
  }

  /** The column's numbers; NaN where the value is none or the operand's filters keep the event out. */
  numbers(operand: Operand): Float64Array {
    return remember(this.#numbers, keyOfOperand(operand), () =>
      numbersOf(this.input(operand), this.rows.length),
    )
  }

  /** The indexes of `numbers` in ascending order. */
  order(operand: Operand): Uint32Array {
    return remember(this.#orders, keyOfOperand(operand), () => {
      const sorted = orderOf(this.input(operand))
      this.check()
      return sorted
    })
  }

  /**
   * The percentile of each group. All percentiles of the question over the same events are found in one walk, at the first
   * call.
   */
  percentile(op: Percentile, operand: Operand, groups: Groups): Float64Array {
    const key = keyOfOperand(operand)
    const ofGroups = remember(
      this.#percentiles,
      groups,
      () => new Map<string, Map<Percentile, Float64Array>>(),
    )
    const found = remember(ofGroups, key, () => {
      const ops = [...new Set([op, ...this.#percentileOperators(key)])]
      const results = percentiles(ops, this.numbers(operand), this.order(operand), this.weights, groups)
      return new Map(ops.map((one, at) => [one, results[at] as Float64Array]))
    })
    return found.get(op) as Float64Array
  }

  #percentileOperators(key: string): Percentile[] {
    return this.#calculations.flatMap((one) =>
      isPercentile(one.op) && keyOfOperand(one) === key ? one.op : [],
    )
  }

  #mask(operand: Operand): Uint8Array {
    const { filters = [], filter_combination: combination = 'AND' } = operand
    return remember(this.#masks, keyOfOperand({ ...operand, column: undefined }), () =>
      maskOf(filters, combination, this.columns, this.rows, this.check),
    )
  }
}

function keyOfOperand({ column, filters, filter_combination: combination }: Operand): string {
  return JSON.stringify([column, filters?.length ? [filters, combination] : null])
}

function remember<Key, Value>(cache: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = cache.get(key)
  if (known !== undefined) return known
  const made = make()
  cache.set(key, made)
  return made
}

function gather(values: Float64Array, rows: Uint32Array): Float64Array {
  const found = new Float64Array(rows.length)
  for (let index = 0; index < rows.length; index++) found[index] = values[rows[index] as number] as number
  return found
}

/** The buckets of time of a question. */
export interface Buckets {
  /** The bucket of each event. */
  readonly ids: Uint32Array
  readonly count: number
  /** The start of the first bucket, epoch ms, which may be before the range, and the width of a bucket, ms. */
  readonly firstMs: number
  readonly widthMs: number
}

/** Buckets begin at multiples of the granularity. */
export function bucketsOf({ timesMs }: Pick<SelectedEvents, 'timesMs'>, range: TimeRange): Buckets {
  const { start, end, granularity } = range
  const firstMs = Math.floor(start / granularity) * granularity * 1_000
  const widthMs = granularity * 1_000
  const ids = new Uint32Array(timesMs.length)
  for (let index = 0; index < ids.length; index++) {
    ids[index] = Math.floor(((timesMs[index] as number) - firstMs) / widthMs)
  }
  return { ids, count: Math.max(1, Math.ceil((end * 1_000 - firstMs) / widthMs)), firstMs, widthMs }
}
