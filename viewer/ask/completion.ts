import { percent } from '../../analysis/format.ts'
import { orderText } from '../../analysis/questions/clause-text.ts'
import {
  columnText,
  filterParts,
  listItems,
  valueText,
  WITHOUT_VALUE,
} from '../../analysis/questions/filter-text.ts'
import { type CalculationInput, calculationsOf } from '../../analysis/questions/question.ts'
import type { ColumnEntry, ColumnValue } from '../../contracts/sandbox/query.ts'
import {
  CALCULATION_OPERATORS,
  type CalculationOperator,
  calculationName,
  FILTER_OPERATORS,
  HAVING_OPERATORS,
  MAX_LISTED_VALUE_LENGTH,
  OPERATORS_WITHOUT_COLUMN,
} from '../../contracts/sandbox/query-words.ts'
import type { Suggestion, Suggestions } from '../shell/combobox.tsx'

// What can be typed next in a clause, from the columns and values of the stored events.

/** A list longer than this is narrowed by typing, not by scrolling. */
const MAX_SUGGESTIONS = 60

/** The operators that find a value by its beginning, for the operators that can be asked for one. */
const PREFIX_OPERATORS: Readonly<Record<string, string>> = {
  '=': 'starts-with',
  '!=': 'does-not-start-with',
  'starts-with': 'starts-with',
  'does-not-start-with': 'does-not-start-with',
  contains: 'contains',
  'does-not-contain': 'does-not-contain',
}

const TEXT_ONLY = /with$|contains?$/

/** A column whose values a filter's text asks for, and what they must contain. */
export interface WantedValues {
  readonly column: string
  readonly contains: string
}

export interface Column extends ColumnEntry {
  /** A calculated field of the question. Its type, share and values are unknown. */
  readonly isCalculated?: boolean
}

export interface KnownValue {
  readonly value: ColumnValue
  /** 0 to 1: of the dataset's events. */
  readonly share: number
}

export function completeColumn(columns: readonly Column[], typed: string): Suggestions {
  return columnSuggestions(columns, typed, (name) => ({ text: columnText(name), isComplete: true }))
}

export function completeFilter(
  columns: readonly Column[],
  text: string,
  cursor: number,
  more: readonly KnownValue[] = [],
): Suggestions {
  const { column, operatorAt, operator, valueAt, value } = filterParts(text)
  if (operatorAt < 0 || cursor < operatorAt) {
    const rest = operatorAt < 0 ? '' : text.slice(operatorAt)
    return columnSuggestions(columns, column, (name) => ({
      text: `${columnText(name)} ${rest}`,
      cursor: columnText(name).length + 1,
    }))
  }
  const known = columns.find(({ name }) => name === column)
  if (valueAt < 0 || cursor < valueAt) return operatorSuggestions(text.slice(0, operatorAt), operator, known)
  if (WITHOUT_VALUE.includes(operator)) return { items: [], selectsFirst: false }
  return valueSuggestions(text.slice(0, operatorAt), operator, value, [...(known?.values ?? []), ...more])
}

/** The values that are asked for in a filter's text. */
export function valuesWanted(text: string, cursor: number): WantedValues | undefined {
  const { column, operator, valueAt, value } = filterParts(text)
  if (valueAt < 0 || cursor < valueAt || WITHOUT_VALUE.includes(operator)) return undefined
  const contains = isList(operator) ? lastItem(value) : value
  return { column, contains: contains.replace(/^"|"$/g, '') }
}

function operatorSuggestions(before: string, typed: string, column: Column | undefined): Suggestions {
  const isNumber = column?.type === 'integer' || column?.type === 'float'
  const isBoolean = column?.type === 'boolean'
  const looked = typed.toLowerCase()
  const items = FILTER_OPERATORS.filter(
    (op) =>
      op.includes(looked) &&
      !(isNumber && TEXT_ONLY.test(op)) &&
      !(isBoolean && (TEXT_ONLY.test(op) || /[<>]|in$/.test(op))),
  )
    .toSorted((a, b) => Number(b.startsWith(looked)) - Number(a.startsWith(looked)))
    .map((op) => ({
      text: `${before}${op}${WITHOUT_VALUE.includes(op) ? '' : ' '}`,
      label: op,
      isComplete: WITHOUT_VALUE.includes(op),
    }))
  const isExact = items.some(({ label }) => label === typed)
  return { items, selectsFirst: typed !== '' && !isExact }
}

function valueSuggestions(
  before: string,
  operator: string,
  typed: string,
  values: readonly KnownValue[],
): Suggestions {
  const list = isList(operator)
  const looked = (list ? lastItem(typed) : typed).replace(/^"|"$/g, '').toLowerCase()
  const kept = list ? typed.slice(0, typed.length - lastItem(typed).length).trimEnd() : ''
  const seen = new Map(values.map((known) => [JSON.stringify(known.value), known]))
  const begins = ({ value }: KnownValue) => String(value).toLowerCase().startsWith(looked)
  const items = [...seen.values()]
    .filter(({ value }) => String(value).toLowerCase().includes(looked))
    .toSorted((a, b) => Number(begins(b)) - Number(begins(a)) || b.share - a.share)
    .flatMap(({ value, share }) => {
      const start = isCut(value) ? PREFIX_OPERATORS[operator] : operator
      if (!start) return []
      return {
        text: `${before}${start} ${kept && `${kept} `}${valueText(value, list)}`,
        label: String(value) || '(empty text)',
        note: start === operator ? percent(share) : `${start}, ${percent(share)}`,
        isComplete: !list,
      }
    })
    .slice(0, MAX_SUGGESTIONS)
  // What is typed is a value too, so Enter takes it.
  const isExact = [...seen.values()].some(({ value }) => String(value).toLowerCase() === looked)
  const isBeginning = looked !== '' && !isExact && [...seen.values()].some(begins)
  return { items, selectsFirst: false, tabAcceptsFirst: isBeginning && /^!?=$|in$/.test(operator) }
}

/** Whether it may be the beginning of a longer value. */
function isCut(value: ColumnValue): boolean {
  return typeof value === 'string' && value.length >= MAX_LISTED_VALUE_LENGTH
}

function isList(operator: string): boolean {
  return operator === 'in' || operator === 'not-in'
}

function lastItem(typed: string): string {
  return /,\s*$/.test(typed) ? '' : (listItems(typed).at(-1) ?? '')
}

const MEANINGS: Partial<Record<CalculationOperator, string>> = {
  COUNT: 'events',
  CONCURRENCY: 'events in progress, on average',
  SUM: 'total of a column',
  AVG: 'mean of a column',
  COUNT_DISTINCT: 'different values',
  HEATMAP: 'distribution over time',
  MIN: 'smallest value',
  MAX: 'largest value',
  P50: 'median',
  RATE_AVG: 'change of the mean from point to point',
  RATE_SUM: 'change of the total from point to point',
  RATE_MAX: 'change of the largest from point to point',
}

/** Those that most questions need, first. */
const OPERATOR_ORDER: readonly CalculationOperator[] = [
  'COUNT',
  'HEATMAP',
  'P50',
  'P95',
  'P99',
  'AVG',
  'MAX',
  'SUM',
  'COUNT_DISTINCT',
  'CONCURRENCY',
]

export function completeCalculation(columns: readonly Column[], text: string): Suggestions {
  const [, op = '', separator = '', rest = ''] = /^\s*(\w*)\s*(\(|\s)?\s*(.*?)\)?\s*$/s.exec(text) ?? []
  const operator = CALCULATION_OPERATORS.find((known) => known === op.toUpperCase())
  if (operator && separator) {
    return columnSuggestions(fitting(columns, operator), rest.replace(/^"|"$/g, ''), (name) => ({
      text: calculationName({ op: operator, column: columnText(name) }),
      isComplete: true,
    }))
  }
  const operators = [...new Set([...OPERATOR_ORDER, ...CALCULATION_OPERATORS])]
  const items: Suggestion[] = operators
    .filter((known) => known.startsWith(op.toUpperCase()))
    .map((known) => {
      const isComplete = OPERATORS_WITHOUT_COLUMN.includes(known)
      const note = MEANINGS[known] ?? `percentile ${known.slice(1)}`
      return {
        text: isComplete ? known : `${known}(`,
        label: isComplete ? known : `${known}(…)`,
        note,
        isComplete,
      }
    })
  const isExact = operator !== undefined && OPERATORS_WITHOUT_COLUMN.includes(operator)
  if (items.length > 0 || op === '') return { items, selectsFirst: op !== '' && !isExact }
  return { items: calculationsFor(columns, text.trim()), selectsFirst: true }
}

/** The usual calculations of the columns with the typed name, for a term that begins with its column. */
function calculationsFor(columns: readonly Column[], typed: string): Suggestion[] {
  return matching(columns, typed)
    .slice(0, 8)
    .flatMap(({ name, type }) => {
      const isNumber = type === 'integer' || type === 'float'
      const operators = isNumber ? (['HEATMAP', 'P95', 'AVG', 'MAX'] as const) : (['COUNT_DISTINCT'] as const)
      return operators.map((op) => {
        const text = calculationName({ op, column: columnText(name) })
        return { text, label: text, isComplete: true }
      })
    })
}

/** The columns that an operator can calculate with. */
function fitting(columns: readonly Column[], operator: CalculationOperator): readonly Column[] {
  if (operator === 'COUNT' || operator === 'COUNT_DISTINCT') return columns
  return columns.filter(({ type }) => type === 'integer' || type === 'float')
}

export function completeOrder(
  calculations: readonly CalculationInput[],
  breakdowns: readonly string[],
  text: string,
): Suggestions {
  const terms = [
    ...calculationsOf(calculations)
      .filter(({ op }) => op !== 'HEATMAP')
      .map(({ op, column, name }) => (name ? { column: name } : { op, ...(column && { column }) })),
    ...breakdowns.map((column) => ({ column })),
  ]
  const items = terms
    .flatMap((term) => [
      orderText({ ...term, order: 'descending' }),
      orderText({ ...term, order: 'ascending' }),
    ])
    .filter((label) => label.toLowerCase().includes(text.trim().toLowerCase()))
    .map((label) => ({ text: label, label, isComplete: true }))
  return { items, selectsFirst: text.trim() !== '' && items.every(({ label }) => label !== text.trim()) }
}

export function completeHaving(calculations: readonly CalculationInput[], text: string): Suggestions {
  const names = calculationsOf(calculations)
    .filter(({ op }) => op !== 'HEATMAP')
    .map(({ op, column }) => calculationName({ op, column: column ? columnText(column) : undefined }))
  const begun = names.find((name) => text.trimStart().startsWith(`${name} `))
  const typed = (begun ? text.trimStart().slice(begun.length) : text).trim()
  const items = begun
    ? HAVING_OPERATORS.filter((op) => op.startsWith(typed)).map((op) => ({
        text: `${begun} ${op} `,
        label: op,
      }))
    : [...new Set(names)]
        .filter((name) => name.toLowerCase().includes(typed.toLowerCase()))
        .map((name) => ({ text: `${name} `, label: name }))
  return { items, selectsFirst: typed !== '' && items.every(({ label }) => label !== typed) }
}

export function columnSuggestions(
  columns: readonly Column[],
  typed: string,
  put: (name: string) => Omit<Suggestion, 'label'>,
): Suggestions {
  const items = matching(columns, typed).map(({ name, type, share, isCalculated }) => ({
    ...put(name),
    label: name,
    note: isCalculated
      ? 'calculated'
      : `${type === 'integer' || type === 'float' ? 'number' : type}, ${percent(share)}`,
  }))
  return { items, selectsFirst: typed.trim() !== '' && columns.every(({ name }) => name !== typed.trim()) }
}

/** Columns whose name has the text: those that begin with it, then those with a part that does, then by their share. */
function matching(columns: readonly Column[], typed: string): Column[] {
  const looked = typed.trim().toLowerCase()
  const rank = (name: string) => {
    const at = name.toLowerCase().indexOf(looked)
    return at <= 0 ? at : /[\w]/.test(name[at - 1] ?? '') && name[at - 1] !== '_' ? 2 : 1
  }
  return columns
    .map((column) => ({ column, rank: rank(column.name) }))
    .filter((found) => found.rank >= 0)
    .toSorted((a, b) => a.rank - b.rank || b.column.share - a.column.share)
    .slice(0, MAX_SUGGESTIONS)
    .map(({ column }) => column)
}
