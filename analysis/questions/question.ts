import type { ColumnValue, QueryInput, ResultRow } from '../../contracts/sandbox/query.ts'
import { ALL_DATASETS, DEFAULT_CALCULATIONS } from '../../contracts/sandbox/query-words.ts'
import type { Times } from '../times.ts'

// The question in the page's address, and the changes that a click makes to one. Every change returns a new question and
// keeps the clauses that it is not about.

type Items<Clause extends keyof QueryInput> =
  NonNullable<QueryInput[Clause]> extends (infer Item)[] ? Item : never
export type FilterInput = Items<'filters'>
export type CalculationInput = Items<'calculations'>
export type OrderInput = Items<'orders'>
export type HavingInput = Items<'havings'>
export type CalculatedFieldInput = Items<'calculated_fields'>

const LISTS = [
  'calculations',
  'filters',
  'breakdowns',
  'orders',
  'havings',
  'calculated_fields',
] as const satisfies readonly (keyof QueryInput)[]
type ListClause = (typeof LISTS)[number]

const NUMBERS = ['limit', 'granularity', 'start_time', 'end_time', 'time_range'] as const

export interface AddressedQuestion {
  readonly dataset: string
  /** Undefined without a question in the address, and with one that cannot be read. */
  readonly question: QueryInput | undefined
  /** Why it cannot be read; empty if it can. */
  readonly problem: string
  /** As in the address. */
  readonly text: string
}

/** Reads `?dataset=<slug>&query=<JSON>`. Never throws. */
export function questionAt(query: URLSearchParams): AddressedQuestion {
  const dataset = query.get('dataset') || ALL_DATASETS
  const text = query.get('query') ?? ''
  const parsed = text.trim() ? parseQuestion(text) : { question: undefined, problem: '' }
  return { dataset, text, ...parsed }
}

/** The query part of the address of a question. */
export function questionSearch(dataset: string, question: QueryInput): string {
  return new URLSearchParams({ dataset, query: JSON.stringify(cleanQuestion(question)) }).toString()
}

/**
 * Reads a specification. Only the types are checked, so that a page can show it: the sandbox names the clause of an unknown
 * operator or column. Absent and null are the same.
 */
export function parseQuestion(
  text: string,
): { question: QueryInput; problem: '' } | { question: undefined; problem: string } {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { question: undefined, problem: `This is not JSON: ${(error as Error).message}` }
  }
  const problem = problemOf(value)
  if (problem) return { question: undefined, problem }
  return { question: cleanQuestion(value as QueryInput), problem: '' }
}

/** Which clause has the wrong type; empty if none has. */
function problemOf(value: unknown): string {
  if (!isObject(value)) return 'A question is a JSON object: {"calculations": …, "filters": …}.'
  for (const clause of LISTS) {
    const items = value[clause] ?? []
    if (!Array.isArray(items)) return `"${clause}" is not a list.`
    const wrong = items.findIndex((item) => !isItem(clause, item))
    if (wrong >= 0) return `"${clause}.${wrong}" does not have the form of this clause.`
  }
  const notANumber = NUMBERS.find((clause) => !isMaybe(value[clause], 'number'))
  if (notANumber) return `"${notANumber}" is not a number.`
  return isMaybe(value.filter_combination, 'string') ? '' : '"filter_combination" is not AND or OR.'
}

function isItem(clause: ListClause, item: unknown): boolean {
  if (clause === 'breakdowns') return typeof item === 'string'
  if (!isObject(item)) return false
  if (clause === 'calculated_fields')
    return typeof item.name === 'string' && typeof item.expression === 'string'
  if (clause === 'filters') return typeof item.column === 'string' && typeof item.op === 'string'
  if (!isMaybe(item.column, 'string')) return false
  if (clause === 'orders') return isMaybe(item.op, 'string') && isMaybe(item.order, 'string')
  if (clause === 'havings') return typeof item.calculate_op === 'string' && typeof item.op === 'string'
  const filters = item.filters ?? []
  return (
    typeof item.op === 'string' &&
    isMaybe(item.name, 'string') &&
    Array.isArray(filters) &&
    filters.every((filter) => isItem('filters', filter))
  )
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isMaybe(value: unknown, type: 'string' | 'number'): boolean {
  return value === undefined || value === null || typeof value === type
}

/** Without clauses that change nothing: nulls, empty lists, granularity 0, and a combination of fewer than two filters. */
export function cleanQuestion(question: QueryInput): QueryInput {
  const kept = Object.entries(question).filter(
    ([name, value]) =>
      value !== null &&
      value !== undefined &&
      !(Array.isArray(value) && value.length === 0) &&
      !(name === 'granularity' && value === 0) &&
      !(name === 'filter_combination' && (question.filters?.length ?? 0) < 2),
  )
  return Object.fromEntries(kept) as QueryInput
}

/** What a question calculates: COUNT, if it names nothing. */
export function calculationsOf(
  calculations: readonly CalculationInput[] | null | undefined,
): readonly CalculationInput[] {
  return calculations?.length ? calculations : DEFAULT_CALCULATIONS
}

/**
 * The question that a filter is added to when a click narrows it. A specification combines all of its filters in one way,
 * so one more beside filters of which any may hold would widen the answer: it replaces them, which `note` says.
 */
export function narrowable(question: QueryInput): { readonly base: QueryInput; readonly note: string } {
  const isAny = question.filter_combination === 'OR' && (question.filters?.length ?? 0) > 1
  if (!isAny) return { base: question, note: '' }
  const { filters, filter_combination, ...base } = question
  return { base: cleanQuestion(base), note: ' (replaces the OR filters)' }
}

/** Whether two questions ask the same. */
export function isSameQuestion(one: QueryInput, other: QueryInput): boolean {
  return JSON.stringify(cleanQuestion(one)) === JSON.stringify(cleanQuestion(other))
}

export function withFilter(question: QueryInput, filter: FilterInput): QueryInput {
  const before = question.filters ?? []
  const isThere = before.some((known) => JSON.stringify(known) === JSON.stringify(filter))
  return isThere ? question : cleanQuestion({ ...question, filters: [...before, filter] })
}

/** Only events that have this value in the column; `null`: that do not have the column. */
export function withValue(question: QueryInput, column: string, value: ColumnValue | null): QueryInput {
  return withFilter(question, value === null ? { column, op: 'does-not-exist' } : { column, op: '=', value })
}

/** Only events that do not have this value in the column; `null`: that have the column. */
export function withoutValue(question: QueryInput, column: string, value: ColumnValue | null): QueryInput {
  return withFilter(question, value === null ? { column, op: 'exists' } : { column, op: '!=', value })
}

/** Only the events of one group of the result. */
export function withGroup(question: QueryInput, result: ResultRow): QueryInput {
  return (question.breakdowns ?? []).reduce(
    (narrowed, column) => withValue(narrowed, column, result[column] ?? null),
    question,
  )
}

export function withBreakdown(question: QueryInput, column: string): QueryInput {
  const before = question.breakdowns ?? []
  return before.includes(column) ? question : cleanQuestion({ ...question, breakdowns: [...before, column] })
}

/** Also without the orders by this breakdown. */
export function withoutBreakdown(question: QueryInput, index: number): QueryInput {
  return withConsistentOrders({ ...question, breakdowns: without(question.breakdowns, index) })
}

export function withCalculation(question: QueryInput, calculation: CalculationInput): QueryInput {
  const before = question.calculations ?? []
  const isThere = before.some((known) => JSON.stringify(known) === JSON.stringify(calculation))
  return isThere ? question : cleanQuestion({ ...question, calculations: [...before, calculation] })
}

/** Also without the orders and havings of this calculation. */
export function withoutCalculation(question: QueryInput, index: number): QueryInput {
  return withConsistentOrders({ ...question, calculations: without(question.calculations, index) })
}

/** Ordered by this first. The question's other orders follow. */
export function withOrder(question: QueryInput, order: OrderInput): QueryInput {
  const others = (question.orders ?? []).filter(
    ({ op, column }) => !((op ?? null) === (order.op ?? null) && (column ?? null) === (order.column ?? null)),
  )
  return cleanQuestion({ ...question, orders: [order, ...others] })
}

/** With these times instead of the question’s. */
export function withTimes(question: QueryInput, times: Times): QueryInput {
  const { start_time, end_time, time_range, granularity, ...rest } = question
  return cleanQuestion({ ...rest, ...times })
}

/** Without the clause at a path of the specification: `filters.1`, `limit`, `calculations.0.filters.2`. */
export function withoutClause(question: QueryInput, path: string): QueryInput {
  const [clause = '', position] = path.split('.')
  const index = Number(position ?? Number.NaN)
  const inner = /^calculations\.\d+\.filters\.(\d+)/.exec(path)?.[1]
  if (inner !== undefined) {
    const calculations = (question.calculations ?? []).map((calculation, at) =>
      at === index ? { ...calculation, filters: without(calculation.filters, Number(inner)) } : calculation,
    )
    return cleanQuestion({ ...question, calculations })
  }
  if (clause === 'calculations' && index >= 0) return withoutCalculation(question, index)
  if (clause === 'breakdowns' && index >= 0) return withoutBreakdown(question, index)
  if (['time_range', 'start_time', 'end_time'].includes(clause)) {
    return withTimes(question, {})
  }
  const value = question[clause as ListClause]
  const items = Array.isArray(value) && index >= 0 ? without<unknown>(value, index) : undefined
  return withConsistentOrders({ ...question, [clause]: items })
}

/**
 * Without orders and havings of what the question does not calculate or group by: the sandbox, as Honeycomb, rejects them.
 */
export function withConsistentOrders(question: QueryInput): QueryInput {
  const calculations = calculationsOf(question.calculations)
  const hasCalculation = (op: string | null | undefined, column: string | null | undefined) =>
    calculations.some((known) => known.op === op && (known.column ?? null) === (column ?? null))
  const hasName = (name: string | null | undefined) =>
    question.breakdowns?.includes(name ?? '') || calculations.some((known) => known.name === (name ?? ''))
  return cleanQuestion({
    ...question,
    orders: question.orders?.filter(({ op, column }) => (op ? hasCalculation(op, column) : hasName(column))),
    havings: question.havings?.filter(({ calculate_op, column }) => hasCalculation(calculate_op, column)),
  })
}

function without<Item>(items: readonly Item[] | null | undefined, index: number): Item[] {
  return (items ?? []).filter((_, at) => at !== index)
}
