import type {
  ClauseNote,
  ColumnValue,
  QueryAnswer,
  QuerySpecification,
  ResultRow,
} from '../../../contracts/sandbox/query.ts'
import type { CheckDeadline } from '../../read-thread/deadline.ts'
import type { EventTable } from '../events/event-table.ts'
import { slowestOfGroups, slowestTraces } from './example-traces.ts'
import { type GroupedEvents, valuesOfGroups } from './group-values.ts'
import { groupBy } from './groups.ts'
import { heatmapOf } from './heatmap.ts'
import { findMatching } from './matching-events.ts'
import { bucketsOf } from './selected-events.ts'
import { resultIdsOf, seriesOf } from './series.ts'
import { type NamedCalculation, type Question, readSpecification } from './specification.ts'

/** Bound of `results`. */
const MAX_RESULT_CHARACTERS = 8_000_000
/** The JSON of a number with its separators. */
const NUMBER_CHARACTERS = 20

export interface RunOptions {
  readonly dataset: string
  /** Epoch ms; the end of a relative time range. */
  readonly nowMs: number
}

/** Answers a question. Throws a QueryError or a QuestionEnded. */
export function runQuery(
  table: EventTable,
  specification: QuerySpecification,
  { dataset, nowMs }: RunOptions,
  check: CheckDeadline,
): QueryAnswer {
  const startedMs = performance.now()
  const question = readSpecification(specification, nowMs)
  const matching = findMatching(table, dataset, question, check)
  const { selected } = matching
  const warnings = [...matching.warnings]
  const buckets = bucketsOf(selected, question.range)
  const breakdowns = question.breakdowns.map((name) => selected.column(name))
  const groups = groupBy(breakdowns, selected.rows.length)

  const events: GroupedEvents = { selected, groups, buckets, range: question.range }
  const values = new Map(question.calculations.map((one) => [one.name, valuesOfGroups(events, one)]))
  const breakdownAt = (column: number, group: number): ColumnValue | null => {
    const coded = breakdowns[column]
    return coded ? coded.dictionary.value(coded.codes[groups.firstRows[group] as number] as number) : null
  }
  const valueAt = (key: string, group: number): ColumnValue | null => {
    const numbers = values.get(key)
    return numbers ? numberOrNull(numbers[group]) : breakdownAt(question.breakdowns.indexOf(key), group)
  }
  const calculations = shownCalculations(question)
  const { ids: chosen, emptiedBy } = chooseGroups(question, groups.count, valueAt)
  const namesLength = charactersOfNames(question)
  const lengthOf = (group: number) =>
    breakdowns.reduce((sum, _, column) => sum + String(breakdownAt(column, group)).length, namesLength)
  const { shown, lengths } = withinBound(chosen, lengthOf, warnings)
  const rowOf = (group: number, numberAt: (name: string) => number | undefined): ResultRow =>
    Object.fromEntries([
      ...question.breakdowns.map((name, column) => [name, breakdownAt(column, group)]),
      ...calculations.map(({ name }) => [name, numberOrNull(numberAt(name))]),
    ])

  const resultIds = resultIdsOf(groups, shown)
  const rowOfResult: Parameters<typeof seriesOf>[4] = (result, numberAt) =>
    rowOf(shown[result] as number, numberAt)
  const series = seriesOf(events, calculations, resultIds, lengths, rowOfResult, warnings)
  const resultTraces = slowestOfGroups(selected, resultIds, shown.length + 1).slice(0, shown.length)
  return {
    results: shown.map((group) => rowOf(group, (name) => values.get(name)?.[group])),
    resultTraces,
    series,
    heatmaps: question.calculations
      .filter(({ op }) => op === 'HEATMAP')
      .map((one) => heatmapOf(selected, one, buckets)),
    traces: slowestTraces(selected),
    rows: selected.rows.length,
    stored: matching.stored,
    groupCount: groups.count,
    range: question.range,
    warnings,
    emptiedBy: matching.emptiedBy ?? emptiedBy,
    elapsedMs: Math.round((performance.now() - startedMs) * 100) / 100,
  }
}

/** What every row has, besides the values of its breakdowns. */
function charactersOfNames(question: Question): number {
  const calculations = shownCalculations(question).map(({ name }) => name)
  return [...question.breakdowns, ...calculations].reduce(
    (sum, name) => sum + name.length + NUMBER_CHARACTERS,
    0,
  )
}

/** The first groups, as many as an answer has room for. Groups by stack traces or log records are long. */
function withinBound(
  chosen: readonly number[],
  lengthOf: (group: number) => number,
  warnings: ClauseNote[],
): { shown: readonly number[]; lengths: readonly number[] } {
  const lengths: number[] = []
  let characters = 0
  for (const group of chosen) {
    const length = lengthOf(group)
    characters += length
    if (characters > MAX_RESULT_CHARACTERS) {
      const message = `only the first ${lengths.length} of ${chosen.length} groups fit into an answer, because their values are long`
      warnings.push({ clause: 'breakdowns', message })
      break
    }
    lengths.push(length)
  }
  return { shown: chosen.slice(0, lengths.length), lengths }
}

function numberOrNull(value: number | undefined): number | null {
  // A sum may be larger than any number, which JSON does not have.
  return value === undefined || !Number.isFinite(value) ? null : value
}

/** A heatmap is no number in a row. */
function shownCalculations({ calculations }: Question): readonly NamedCalculation[] {
  return calculations.filter(({ op }) => op !== 'HEATMAP')
}

type ValueAt = (key: string, group: number) => ColumnValue | null

/** The groups that fulfil every having, in the order of the question. */
function chooseGroups(
  question: Question,
  count: number,
  valueAt: ValueAt,
): { ids: number[]; emptiedBy: ClauseNote | null } {
  let ids = Array.from({ length: count }, (_, group) => group)
  let emptiedBy: ClauseNote | null = null
  for (const [index, { key, op, value }] of question.havings.entries()) {
    const left = ids.filter((group) => holds(valueAt(key, group), op, value))
    if (left.length === 0 && ids.length > 0) {
      emptiedBy = { clause: `havings.${index}`, message: `no group has ${key} ${op} ${value}` }
    }
    ids = left
  }
  const main = shownCalculations(question)[0]
  const orders =
    question.orders.length > 0 ? question.orders : main ? [{ key: main.name, isDescending: true }] : []
  const keys = [...orders, ...question.breakdowns.map((key) => ({ key, isDescending: false }))]
  const compare = (a: number, b: number): number => {
    for (const { key, isDescending } of keys) {
      const difference = compareValues(valueAt(key, a), valueAt(key, b), isDescending)
      if (difference !== 0) return difference
    }
    return a - b
  }
  return { ids: first(ids, question.limit, compare), emptiedBy }
}

/** The first `most` of the ids in order. There may be as many groups as events, of which a hundred are shown. */
function first(ids: readonly number[], most: number, compare: (a: number, b: number) => number): number[] {
  const found: number[] = []
  for (const id of ids) {
    const last = found.at(-1)
    if (found.length === most && last !== undefined && compare(id, last) >= 0) continue
    let low = 0
    for (let high = found.length; low < high; ) {
      const middle = (low + high) >>> 1
      if (compare(id, found[middle] as number) < 0) high = middle
      else low = middle + 1
    }
    found.splice(low, 0, id)
    if (found.length > most) found.pop()
  }
  return found
}

function holds(value: ColumnValue | null, op: string, wanted: number): boolean {
  if (op === '!=') return value !== wanted
  if (typeof value !== 'number') return false
  if (op === '=') return value === wanted
  if (op === '>') return value > wanted
  if (op === '>=') return value >= wanted
  return op === '<' ? value < wanted : value <= wanted
}

const KINDS = ['number', 'string', 'boolean']

/** Numbers come before text and text before booleans. Null is last in both directions. */
function compareValues(a: ColumnValue | null, b: ColumnValue | null, isDescending: boolean): number {
  if (a === b) return 0
  if (a === null) return 1
  if (b === null) return -1
  const kind = KINDS.indexOf(typeof a) - KINDS.indexOf(typeof b)
  const difference = kind !== 0 ? kind : a < b ? -1 : 1
  return isDescending ? -difference : difference
}
