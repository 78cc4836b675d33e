import type {
  Calculation,
  ColumnValue,
  QuerySpecification,
  ResultRow,
} from '../../contracts/sandbox/query.ts'
import { calculationName } from '../../contracts/sandbox/query-words.ts'
import { type NaiveRange, rowsOf, totalOf, valueInBucket } from './naive-calculation.ts'
import type { NaiveEvent } from './naive-events.ts'
import { inOrder, passes } from './naive-filter.ts'

// Answers questions as a person would by hand: filter, group, sort, count. It is written for obviousness alone, and
// compared with the sandbox's answers.

type Cell = ColumnValue | null
type Columns = NaiveEvent['fields']

/** What the expressions of calculated fields mean, by their text. */
export type Expressions = Readonly<Record<string, (fields: Columns) => ColumnValue | undefined>>

export interface NaiveAnswer {
  readonly results: readonly ResultRow[]
  /** `timeMs` is the start of the bucket in epoch ms. */
  readonly series: readonly { readonly timeMs: number; readonly data: ResultRow }[]
  readonly rows: number
  readonly groups: number
  readonly range: NaiveRange
}

interface Group {
  readonly key: Readonly<Record<string, Cell>>
  readonly events: readonly NaiveEvent[]
}

const DEFAULT_RANGE_S = 7_200
const DEFAULT_LIMIT = 100
const MAX_BUCKETS = 120
const GRANULARITIES = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400,
]

export function naiveQuery(
  stored: readonly NaiveEvent[],
  specification: QuerySpecification,
  nowMs: number,
  expressions: Expressions = {},
): NaiveAnswer {
  const calculations = calculationsOf(specification).filter(({ op }) => op !== 'HEATMAP')
  const breakdowns = specification.breakdowns ?? []
  const range = rangeOf(specification, nowMs)
  const matching = matchingEvents(stored, specification, nowMs, expressions)

  const groups = groupsOf(matching, breakdowns)
  const withValues = groups.map((group) => ({
    group,
    row: {
      ...group.key,
      ...Object.fromEntries(
        calculations.map((one) => [calculationName(one), totalOf(one, group.events, range)]),
      ),
    } as ResultRow,
  }))
  const kept = withValues
    .filter(({ row }) => holdsHavings(row, specification))
    .toSorted((a, b) => compareRows(a.row, b.row, specification))
    .slice(0, specification.limit ?? DEFAULT_LIMIT)

  const series = kept.flatMap(({ group }) =>
    rowsOf(group.events, calculations, range).map((startS) => ({
      timeMs: startS * 1000,
      data: {
        ...group.key,
        ...Object.fromEntries(
          calculations.map((one) => [calculationName(one), valueInBucket(one, group.events, startS, range)]),
        ),
      } as ResultRow,
    })),
  )
  return { results: kept.map(({ row }) => row), series, rows: matching.length, groups: groups.length, range }
}

/** The events of a question: in its range of time, and held by its filters. Calculated fields are among their columns. */
export function matchingEvents(
  stored: readonly NaiveEvent[],
  specification: QuerySpecification,
  nowMs: number,
  expressions: Expressions = {},
): NaiveEvent[] {
  const { start, end } = rangeOf(specification, nowMs)
  return stored
    .filter(({ timeMs }) => timeMs >= start * 1000 && timeMs < end * 1000)
    .map((event) => ({ ...event, fields: withCalculated(event.fields, specification, expressions) }))
    .filter(({ fields }) => passes(fields, specification.filters, specification.filter_combination))
}

/** Without `calculations`, COUNT. */
export function calculationsOf({ calculations }: QuerySpecification): readonly Calculation[] {
  return calculations?.length
    ? calculations
    : [{ op: 'COUNT', column: undefined, name: undefined, filters: undefined, filter_combination: undefined }]
}

function withCalculated(
  fields: Columns,
  { calculated_fields }: QuerySpecification,
  expressions: Expressions,
): Columns {
  const all: Record<string, ColumnValue> = { ...fields }
  for (const { name, expression } of calculated_fields ?? []) {
    const value = expressions[expression]?.(all)
    if (value !== undefined) all[name] = value
  }
  return all
}

function rangeOf(
  { start_time, end_time, time_range, granularity }: QuerySpecification,
  nowMs: number,
): NaiveRange {
  const lengthS = time_range ?? DEFAULT_RANGE_S
  const end =
    end_time ??
    (start_time !== undefined && time_range !== undefined ? start_time + time_range : Math.ceil(nowMs / 1000))
  const start = start_time ?? end - lengthS
  const chosen = GRANULARITIES.find((seconds) => (end - start) / seconds <= MAX_BUCKETS)
  return { start, end, granularity: granularity || (chosen ?? 86_400) }
}

/** Without breakdowns there is one group, also of no events. */
function groupsOf(events: readonly NaiveEvent[], breakdowns: readonly string[]): Group[] {
  if (breakdowns.length === 0) return [{ key: {}, events }]
  const groups = new Map<string, { key: Record<string, Cell>; events: NaiveEvent[] }>()
  for (const event of events) {
    const values = breakdowns.map((column): Cell => event.fields[column] ?? null)
    const id = JSON.stringify(values)
    const key = Object.fromEntries(breakdowns.map((column, index) => [column, values[index] ?? null]))
    const group = groups.get(id) ?? { key, events: [] }
    group.events.push(event)
    groups.set(id, group)
  }
  return [...groups.values()]
}

function holdsHavings(row: ResultRow, specification: QuerySpecification): boolean {
  return (specification.havings ?? []).every(({ calculate_op, column, op, value }) => {
    const actual = row[keyOf(specification, calculate_op, column)] ?? null
    if (typeof actual !== 'number') return op === '!='
    if (op === '=') return actual === value
    if (op === '!=') return actual !== value
    return inOrder(actual, op, value)
  })
}

/** The key of the calculation that an order or a having means. */
function keyOf(
  specification: QuerySpecification,
  op: string | undefined,
  column: string | undefined,
): string {
  if (op === undefined) return column ?? ''
  const meant = calculationsOf(specification).find((one) => one.op === op && one.column === column)
  return meant ? calculationName(meant) : ''
}

function compareRows(a: ResultRow, b: ResultRow, specification: QuerySpecification): number {
  const byGroup = (specification.breakdowns ?? []).map((column) => ({ key: column, isDescending: false }))
  const first = calculationsOf(specification).find(({ op }) => op !== 'HEATMAP')
  const given = (specification.orders ?? []).map(({ op, column, order }) => ({
    key: keyOf(specification, op, column),
    isDescending: order === 'descending',
  }))
  const byDefault = first ? [{ key: calculationName(first), isDescending: true }] : []
  for (const { key, isDescending } of [...(given.length > 0 ? given : byDefault), ...byGroup]) {
    const compared = compareCells(a[key] ?? null, b[key] ?? null, isDescending)
    if (compared !== 0) return compared
  }
  return 0
}

const TYPE_ORDER = ['number', 'string', 'boolean']

/** Null is last in either direction. */
function compareCells(a: Cell, b: Cell, isDescending: boolean): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  const types = TYPE_ORDER.indexOf(typeof a) - TYPE_ORDER.indexOf(typeof b)
  const ascending = types || (a < b ? -1 : Number(a > b))
  return isDescending ? -ascending : ascending
}
