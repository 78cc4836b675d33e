import type { BubbleUpQuestion, ColumnValue, Selection } from '../../contracts/sandbox/query.ts'
import type { NaiveEvent } from './naive-events.ts'
import { matchingEvents } from './naive-query.ts'

/** Numbers with more different values than this are a measure. */
const MAX_DIMENSION_VALUES = 20

export interface NaiveDifference {
  readonly kind: 'dimension' | 'measure'
  readonly score: number
  readonly withoutColumn: Shares
  /** Of each value. */
  readonly values: ReadonlyMap<ColumnValue, Shares>
  /** Of each event that has one. */
  readonly numbers: { readonly inside: readonly number[]; readonly outside: readonly number[] }
}

export interface Shares {
  readonly inside: number
  readonly outside: number
}

export interface NaiveBubbleUp {
  readonly inside: number
  readonly outside: number
  readonly columns: ReadonlyMap<string, NaiveDifference>
}

/** Compares the selected events of a question with its other ones, column by column. */
export function naiveBubbleUp(
  stored: readonly NaiveEvent[],
  { query, selection }: BubbleUpQuestion,
  nowMs: number,
): NaiveBubbleUp {
  const events = matchingEvents(stored, query, nowMs)
  const inside = events.filter((event) => isSelected(event, selection))
  const outside = events.filter((event) => !isSelected(event, selection))
  // What was selected by differs by definition.
  const selectedBy = 'group' in selection ? Object.keys(selection.group) : [selection.column]
  const names = new Set(events.flatMap(({ fields }) => Object.keys(fields))).difference(new Set(selectedBy))
  const columns = new Map(
    [...names].map((name) => {
      const of = (some: readonly Pick<NaiveEvent, 'fields'>[]) => some.map(({ fields }) => fields[name])
      return [name, differenceOf(of(inside), of(outside))] as const
    }),
  )
  return { inside: inside.length, outside: outside.length, columns }
}

function isSelected(
  { timeMs, fields }: Pick<NaiveEvent, 'timeMs' | 'fields'>,
  selection: Selection,
): boolean {
  if ('group' in selection)
    return Object.entries(selection.group).every(([column, value]) => (fields[column] ?? null) === value)
  const { start_time, end_time, column, min, max } = selection
  const value = fields[column]
  const isInTime = timeMs >= start_time * 1000 && timeMs < end_time * 1000
  return isInTime && typeof value === 'number' && value >= min && value <= max
}

type Cells = readonly (ColumnValue | undefined)[]

function differenceOf(inside: Cells, outside: Cells): NaiveDifference {
  const distinct = [...new Set([...inside, ...outside])].filter((value) => value !== undefined)
  const sharesOf = (value: ColumnValue | undefined): Shares => ({
    inside: shareOf(inside, value),
    outside: shareOf(outside, value),
  })
  const values = new Map(distinct.map((value) => [value, sharesOf(value)]))
  const withoutColumn = sharesOf(undefined)
  const isMeasure =
    distinct.length > MAX_DIMENSION_VALUES && distinct.every((value) => typeof value === 'number')
  const numbers = { inside: numbersOf(inside), outside: numbersOf(outside) }
  const present = [...inside, ...outside].filter((value) => value !== undefined)
  const compared = distinct.length === present.length ? [] : [...values.values()]
  const largest = Math.max(...[withoutColumn, ...compared].map(differenceIn))
  return {
    kind: isMeasure ? 'measure' : 'dimension',
    score: isMeasure
      ? Math.max(kolmogorovSmirnov(numbers.inside, numbers.outside), differenceIn(withoutColumn))
      : largest,
    withoutColumn,
    values,
    numbers,
  }
}

export function differenceIn({ inside, outside }: Shares): number {
  return Math.abs(inside - outside)
}

function shareOf(cells: Cells, value: ColumnValue | undefined): number {
  if (cells.length === 0) return 0
  return cells.filter((cell) => cell === value).length / cells.length
}

function numbersOf(cells: Cells): number[] {
  return cells.filter((cell) => typeof cell === 'number')
}

/** The largest difference between the two cumulative distributions; 0 where one side has no number to compare. */
function kolmogorovSmirnov(inside: readonly number[], outside: readonly number[]): number {
  const upTo = (values: readonly number[], limit: number) =>
    values.filter((value) => value <= limit).length / values.length
  if (inside.length === 0 || outside.length === 0) return 0
  return Math.max(
    0,
    ...[...inside, ...outside].map((value) => Math.abs(upTo(inside, value) - upTo(outside, value))),
  )
}
