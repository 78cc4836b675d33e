import type {
  Calculation,
  ColumnValue,
  QuerySpecification,
  ResultRow,
} from '../../contracts/sandbox/query.ts'
import { calculationName, PERCENTILES } from '../../contracts/sandbox/query-words.ts'
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
  readonly range: { readonly start: number; readonly end: number; readonly granularity: number }
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
): NaiveAnswer['range'] {
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

/** The buckets of time that have events, in the order of time. */
function bucketsOf(events: readonly NaiveEvent[], { granularity }: NaiveAnswer['range']) {
  const starts = new Set(events.map(({ timeMs }) => bucketStart(timeMs, granularity)))
  return [...starts].toSorted((a, b) => a - b).map((startS) => ({ startS }))
}

/** With CONCURRENCY also the buckets in which an event goes on that began earlier. */
function rowsOf(
  events: readonly NaiveEvent[],
  calculations: readonly Calculation[],
  range: NaiveAnswer['range'],
): number[] {
  const starts = new Set(bucketsOf(events, range).map(({ startS }) => startS))
  for (const calculation of calculations.filter(({ op }) => op === 'CONCURRENCY')) {
    const counted = ofCalculation(calculation, events)
    for (
      let startS = bucketStart(range.start * 1000, range.granularity);
      startS < range.end;
      startS += range.granularity
    )
      if (concurrencyInBucket(counted, startS, range) > 0) starts.add(startS)
  }
  return [...starts].toSorted((a, b) => a - b)
}

function bucketStart(timeMs: number, granularity: number): number {
  return Math.floor(timeMs / 1000 / granularity) * granularity
}

function totalOf(calculation: Calculation, events: readonly NaiveEvent[], range: NaiveAnswer['range']): Cell {
  const counted = ofCalculation(calculation, events)
  if (calculation.op === 'CONCURRENCY') return concurrency(counted, range.start, range.end)
  if (!calculation.op.startsWith('RATE_')) return calculate(calculation, counted)
  const rates = bucketsOf(events, range)
    .map(({ startS }) => valueInBucket(calculation, events, startS, range))
    .filter((value) => typeof value === 'number')
  return rates.length === 0 ? null : sum(rates) / rates.length
}

function valueInBucket(
  calculation: Calculation,
  events: readonly NaiveEvent[],
  startS: number,
  range: NaiveAnswer['range'],
): Cell {
  const counted = ofCalculation(calculation, events)
  const within = (bucketS: number) =>
    counted.filter(({ timeMs }) => bucketStart(timeMs, range.granularity) === bucketS)
  if (calculation.op === 'CONCURRENCY') return concurrencyInBucket(counted, startS, range)
  if (!calculation.op.startsWith('RATE_')) return calculate(calculation, within(startS))
  const op = calculation.op.replace('RATE_', '') as 'AVG' | 'SUM' | 'MAX'
  const ofBucket = (bucketS: number) => calculate({ ...calculation, op }, within(bucketS))
  const earlier = bucketsOf(counted, range).filter((bucket) => bucket.startS < startS)
  const previous = earlier.findLast((bucket) => ofBucket(bucket.startS) !== null)
  const [now, before] = [ofBucket(startS), previous && ofBucket(previous.startS)]
  if (typeof now !== 'number' || typeof before !== 'number') return null
  return now - before
}

function ofCalculation(
  { filters, filter_combination }: Calculation,
  events: readonly NaiveEvent[],
): readonly NaiveEvent[] {
  return events.filter(({ fields }) => passes(fields, filters, filter_combination))
}

function calculate({ op, column }: Calculation, events: readonly NaiveEvent[]): Cell {
  const having = column === undefined ? events : events.filter(({ fields }) => fields[column] !== undefined)
  const values = having.map(({ fields }) => fields[column ?? ''])
  const numeric = having.flatMap(({ fields, sampleRate }) => {
    const value = fields[column ?? '']
    return typeof value === 'number' ? [{ value, sampleRate }] : []
  })
  if (op === 'COUNT') return sum(having.map(({ sampleRate }) => sampleRate))
  if (op === 'COUNT_DISTINCT') return new Set(values).size
  if (numeric.length === 0) return null
  const total = sum(numeric.map(({ sampleRate }) => sampleRate))
  const weighted = sum(numeric.map(({ value, sampleRate }) => value * sampleRate))
  if (op === 'SUM') return weighted
  if (op === 'AVG') return weighted / total
  if (op === 'MIN') return Math.min(...numeric.map(({ value }) => value))
  if (op === 'MAX') return Math.max(...numeric.map(({ value }) => value))
  const share = PERCENTILES[op as keyof typeof PERCENTILES]
  let cumulative = 0
  for (const { value, sampleRate } of numeric.toSorted((a, b) => a.value - b.value)) {
    cumulative += sampleRate
    if (cumulative >= share * total) return value
  }
  return null
}

/** Of the part of the bucket that is in the question's range of time. */
function concurrencyInBucket(
  events: readonly NaiveEvent[],
  startS: number,
  { start, end, granularity }: NaiveAnswer['range'],
): number {
  return concurrency(events, Math.max(startS, start), Math.min(startS + granularity, end))
}

/**
 * How many events are in progress in a time on average: each counts by the part of the time that it covers, and by its
 * sample rate. An event without a duration covers none.
 */
function concurrency(events: readonly NaiveEvent[], startS: number, endS: number): number {
  const [fromMs, toMs] = [startS * 1000, endS * 1000]
  const covered = events.map(({ timeMs, sampleRate, fields }) => {
    const duration = typeof fields.duration_ms === 'number' ? fields.duration_ms : 0
    return sampleRate * Math.max(0, Math.min(timeMs + duration, toMs) - Math.max(timeMs, fromMs))
  })
  return sum(covered) / (toMs - fromMs)
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

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
