import type { ColumnValue, QueryInput } from '../../../contracts/sandbox/query.ts'
import { type CalculationOperator, calculationName } from '../../../contracts/sandbox/query-words.ts'
import { count, duration } from '../../shell/format.ts'
import { calculationsOf } from '../question.ts'

/** What a number means. */
export type Unit = 'count' | 'ms' | 'number'

/** A calculation that has a value for each group. */
export interface ShownCalculation {
  /** Its key in results and series. */
  readonly name: string
  readonly op: CalculationOperator
  readonly column: string | undefined
  readonly unit: Unit
}

/** The calculations of a question besides HEATMAP; COUNT where it has none. */
export function shownCalculations(question: QueryInput): ShownCalculation[] {
  const shown = calculationsOf(question.calculations)
    .filter(({ op }) => op !== 'HEATMAP')
    .map(({ op, column, name }) => {
      const own = column ?? undefined
      return { name: calculationName({ op, column, name }), op, column: own, unit: unitOf(op, own) }
    })
  return shown.filter(({ name }, index) => shown.findIndex((other) => other.name === name) === index)
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

const SIGNIFICANT = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 4 })
const WHOLE = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 })

/** A number for a table or an axis: grouped, with its unit, rounded to about four digits. */
export function formatNumber(value: number, unit: Unit): string {
  if (!Number.isFinite(value)) return String(value)
  if (unit === 'ms') return duration(value)
  if (Number.isInteger(value)) return count(value)
  if (Math.abs(value) >= 1_000) return WHOLE.format(value)
  return SIGNIFICANT.format(value)
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
