import type { QueryFilter } from '../../../contracts/sandbox/query.ts'
import type { CodedValues } from '../events/column.ts'
import type { EventTable } from '../events/event-table.ts'
import { type CalculationInput, numbersOf } from './calculations.ts'
import type { ColumnSet } from './column-set.ts'
import type { CheckDeadline } from './deadline.ts'
import { maskOf } from './filters.ts'
import { sortedIndexes } from './sort.ts'
import type { TimeRange } from './specification.ts'

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

  constructor(table: EventTable, columns: ColumnSet, rows: Uint32Array, check: CheckDeadline) {
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
    return remember(this.#numbers, keyOf(operand), () => numbersOf(this.input(operand), this.rows.length))
  }

  /** The indexes of `numbers` in ascending order. */
  order(operand: Operand): Uint32Array {
    return remember(this.#orders, keyOf(operand), () => {
      const sorted = sortedIndexes(this.numbers(operand))
      this.check()
      return sorted
    })
  }

  #mask(operand: Operand): Uint8Array {
    const { filters = [], filter_combination: combination = 'AND' } = operand
    return remember(this.#masks, keyOf({ ...operand, column: undefined }), () =>
      maskOf(filters, combination, this.columns, this.rows, this.check),
    )
  }
}

function keyOf({ column, filters, filter_combination: combination }: Operand): string {
  return JSON.stringify([column, filters?.length ? [filters, combination] : null])
}

function remember<Value>(cache: Map<string, Value>, key: string, make: () => Value): Value {
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
