import type { ColumnValue, QueryInput } from '../../contracts/sandbox/query.ts'
import { type CalculationOperator, calculationName } from '../../contracts/sandbox/query-words.ts'
import { duration, plainNumber } from '../format.ts'
import type { OrderInput } from './question.ts'
import { calculationsOf } from './question.ts'

/** What a number means. */
export type Unit = 'count' | 'ms' | 'number'

/** A calculation that has a value for each group. */
export interface ShownCalculation {
  /** Its key in results and series. */
  readonly name: string
  readonly op: CalculationOperator
  readonly column: string | undefined
  readonly unit: Unit
  /** How an order names it. */
  readonly term: OrderInput
}

/** The calculations of a question besides HEATMAP; COUNT where it has none. */
export function shownCalculations(question: QueryInput): ShownCalculation[] {
  const shown = calculationsOf(question.calculations)
    .filter(({ op }) => op !== 'HEATMAP')
    .map(({ op, column, name }) => {
      const own = column ?? undefined
      const term = name ? { column: name } : { op, column: own }
      return { name: calculationName({ op, column, name }), op, column: own, unit: unitOf(op, own), term }
    })
  return shown.filter(({ name }, index) => shown.findIndex((other) => other.name === name) === index)
}

/** What a result is ordered by first: a breakdown, or a calculation by its name. */
export interface ShownOrder {
  readonly name: string
  readonly order: 'ascending' | 'descending'
}

/** The question's first order, else the first calculation. */
export function shownOrder(
  { orders }: QueryInput,
  calculations: readonly ShownCalculation[],
): ShownOrder | undefined {
  const [given] = orders ?? []
  const [first] = calculations
  if (!given) return first && { name: first.name, order: 'descending' }
  const { op, column, order } = given
  if (!op) return { name: column ?? '', order: order ?? 'ascending' }
  const same = calculations.filter((one) => one.op === op && one.column === (column ?? undefined))
  // Of several, the one that was not given a name.
  const found = same.find(({ term }) => term.op) ?? same[0]
  return found && { name: found.name, order: order ?? 'ascending' }
}

const UNWEIGHTED: readonly CalculationOperator[] = ['COUNT_DISTINCT', 'MIN', 'MAX']

/** Whether an event counts by its sample rate. */
export function isWeighted({ op }: Pick<ShownCalculation, 'op'>): boolean {
  return !UNWEIGHTED.includes(op)
}

const COUNTS: readonly CalculationOperator[] = ['COUNT', 'CONCURRENCY', 'COUNT_DISTINCT']

/** RATE is a difference of two values of the column, not divided by the time, so it has the column's unit. */
function unitOf(op: CalculationOperator, column: string | undefined): Unit {
  return COUNTS.includes(op) ? 'count' : unitOfColumn(column ?? '')
}

/** Columns that end with `_ms` have milliseconds, as `duration_ms`. */
export function unitOfColumn(column: string): Unit {
  return /[._]ms$/.test(column) ? 'ms' : 'number'
}

/** A number for a table or an axis: grouped, with its unit, rounded to about four digits. */
export function formatNumber(value: number, unit: Unit): string {
  return unit === 'ms' && Number.isFinite(value) ? duration(value) : plainNumber(value)
}

/** `formatNumber` for the values of a column. */
export function formatOfColumn(column: string): (value: number) => string {
  const unit = unitOfColumn(column)
  return (value) => formatNumber(value, unit)
}

/** A cell of a result. Null, the value of a column that an event does not have, is a dash. */
export function formatValue(value: ColumnValue | null | undefined, unit: Unit = 'number'): string {
  if (value === null || value === undefined) return '–'
  return typeof value === 'number' ? formatNumber(value, unit) : String(value)
}

/** A value of a breakdown or a dimension. Numbers are not rounded: they are names, as a port or a status. */
export function nameOfValue(value: ColumnValue | null | undefined): string {
  if (value === null || value === undefined) return '(none)'
  return value === '' ? '(empty)' : String(value)
}
