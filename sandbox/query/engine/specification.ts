import type {
  Calculation,
  ClauseNote,
  QueryFilter,
  QuerySpecification,
} from '../../../contracts/sandbox/query.ts'
import {
  calculationName,
  DEFAULT_CALCULATIONS,
  DEFAULT_LIMIT,
  DEFAULT_TIME_RANGE_S,
  GRANULARITIES_S,
  OPERATORS_WITHOUT_COLUMN,
} from '../../../contracts/sandbox/query-words.ts'
import { clauseError } from '../query-error.ts'

const DEFAULT_BUCKETS = 120
const MAX_BUCKETS = 1_000

/** Unix seconds, without the end; `granularity` is the width of a bucket of time in seconds. */
export interface TimeRange {
  readonly start: number
  readonly end: number
  readonly granularity: number
}

/** A calculation under the name that it has in results. */
export type NamedCalculation = Omit<Calculation, 'name'> & { readonly name: string }

/** A specification with its defaults. */
export interface Question {
  readonly calculations: readonly NamedCalculation[]
  readonly filters: readonly QueryFilter[]
  readonly combination: 'AND' | 'OR'
  readonly breakdowns: readonly string[]
  readonly orders: readonly { readonly key: string; readonly isDescending: boolean }[]
  readonly havings: readonly { readonly key: string; readonly op: string; readonly value: number }[]
  readonly limit: number
  readonly range: TimeRange
  readonly calculatedFields: readonly { readonly name: string; readonly expression: string }[]
}

/**
 * Checks what a schema cannot, and fills in the defaults. Throws a QueryError (400) with an issue for every clause that is
 * wrong. `nowMs` is the end of a relative time range, rounded up to the next second.
 */
export function readSpecification(specification: QuerySpecification, nowMs: number): Question {
  const issues: ClauseNote[] = []
  const add = (clause: string, message: string) => void issues.push({ clause, message })
  const breakdowns = specification.breakdowns ?? []
  const given = specification.calculations?.length ? specification.calculations : DEFAULT_CALCULATIONS
  const calculations = given.map((one) => ({ ...one, name: calculationName(one) }) as NamedCalculation)

  for (const [index, calculation] of calculations.entries()) {
    checkCalculation(calculation, specification.calculations?.[index]?.name, `calculations.${index}`, add)
  }
  checkDuplicates(
    'calculations',
    calculations.map(({ name }) => name),
    'name',
    add,
  )
  checkDuplicates('breakdowns', breakdowns, '', add)
  for (const [index, { name }] of calculations.entries()) {
    if (breakdowns.includes(name))
      add(`calculations.${index}.name`, `"${name}" is a breakdown too: choose another name`)
  }
  for (const [index, filter] of (specification.filters ?? []).entries())
    checkFilter(filter, `filters.${index}`, add)
  const fields = specification.calculated_fields ?? []
  checkDuplicates(
    'calculated_fields',
    fields.map(({ name }) => name),
    'name',
    add,
  )

  const keyOf = (clause: string, op: string | undefined, column: string | undefined): string => {
    const candidates = calculations.filter((one) => one.op === op && one.column === column)
    // Of several, the one that was not given another name.
    const found =
      candidates.find((one) => one.name === calculationName({ op: one.op, column })) ?? candidates[0]
    if (op === 'HEATMAP') add(clause, 'a heatmap has no single value to compare')
    else if (op === undefined && column !== undefined) {
      if (breakdowns.includes(column) || calculations.some(({ name }) => name === column)) return column
      add(clause, `"${column}" is neither a breakdown nor the name of a calculation of this question`)
    } else if (!found) {
      const wanted =
        op === undefined ? 'it' : calculationName({ op: op as Calculation['op'], column, name: undefined })
      add(
        clause,
        op === undefined
          ? 'a column or an operator is missing'
          : `${wanted} is not a calculation of this question: add it to the calculations`,
      )
    }
    if (candidates.length > 1 && found?.name !== calculationName({ op: op as string, column })) {
      const names = candidates.map(({ name }) => `"${name}"`).join(' or ')
      add(clause, `is ambiguous: name ${names} as the column instead of the operator`)
    }
    return found?.name ?? ''
  }
  const orders = (specification.orders ?? []).map(({ op, column, order }, index) => ({
    key: keyOf(`orders.${index}`, op, column),
    isDescending: order === 'descending',
  }))
  const havings = (specification.havings ?? []).map(({ calculate_op, column, op, value }, index) => ({
    key: keyOf(`havings.${index}`, calculate_op, column),
    op,
    value,
  }))
  const range = readRange(specification, nowMs, add)
  if (issues.length > 0) throw clauseError(issues)
  return {
    calculations,
    filters: specification.filters ?? [],
    combination: specification.filter_combination ?? 'AND',
    breakdowns,
    orders,
    havings,
    limit: specification.limit ?? DEFAULT_LIMIT,
    range,
    calculatedFields: fields,
  }
}

type AddIssue = (clause: string, message: string) => void

function checkCalculation(
  { op, column, filters }: NamedCalculation,
  givenName: string | undefined,
  clause: string,
  add: AddIssue,
): void {
  if (column === undefined && !OPERATORS_WITHOUT_COLUMN.includes(op)) {
    add(`${clause}.column`, `${op} needs a column`)
  }
  if (column !== undefined && op === 'CONCURRENCY') add(`${clause}.column`, 'CONCURRENCY takes no column')
  if (filters?.length && givenName === undefined) {
    add(`${clause}.name`, 'a calculation with filters needs a name')
  }
  for (const [index, filter] of (filters ?? []).entries())
    checkFilter(filter, `${clause}.filters.${index}`, add)
}

function checkFilter({ op, value }: QueryFilter, clause: string, add: AddIssue): void {
  const place = `${clause}.value`
  if (op === 'exists' || op === 'does-not-exist') {
    if (value !== undefined) add(place, `${op} takes no value`)
  } else if (op === 'in' || op === 'not-in') {
    if (!Array.isArray(value)) add(place, `${op} needs a list of values`)
  } else if (value === undefined) add(place, `${op} needs a value`)
  else if (Array.isArray(value)) add(place, `${op} takes one value; in and not-in take a list`)
}

function checkDuplicates(clause: string, names: readonly string[], field: string, add: AddIssue): void {
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) === index) continue
    add([clause, index, field].filter((part) => part !== '').join('.'), `"${name}" occurs twice`)
  }
}

function readRange(specification: QuerySpecification, nowMs: number, add: AddIssue): TimeRange {
  const { start_time: start, end_time: end, time_range: length } = specification
  if (start !== undefined && end !== undefined && length !== undefined) {
    add('time_range', 'give at most two of start_time, end_time and time_range')
  }
  const last =
    end ?? (start !== undefined && length !== undefined ? start + length : Math.ceil(nowMs / 1_000))
  const first = start ?? last - (length ?? DEFAULT_TIME_RANGE_S)
  if (!(first < last)) add(end === undefined ? 'start_time' : 'end_time', 'the end must be after the start')
  return {
    start: first,
    end: last,
    granularity: granularityOf(specification.granularity || undefined, last - first, add),
  }
}

function granularityOf(given: number | undefined, lengthS: number, add: AddIssue): number {
  if (given === undefined) {
    return (
      GRANULARITIES_S.find((width) => lengthS / width <= DEFAULT_BUCKETS) ??
      Math.ceil(lengthS / DEFAULT_BUCKETS / 86_400) * 86_400
    )
  }
  const least = Math.max(1, Math.ceil(lengthS / MAX_BUCKETS))
  const most = Math.max(1, Math.floor(lengthS))
  if (given < least || given > most) {
    add('granularity', `for this time range it is between ${least} and ${most} seconds`)
  }
  return given
}
