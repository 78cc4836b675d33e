import type { ClauseNote, QueryFilter } from '../../../contracts/sandbox/query.ts'
import { ALL_DATASETS } from '../../../contracts/sandbox/query-words.ts'
import { datasetSlug } from '../../../contracts/trace-links.ts'
import type { CheckDeadline } from '../../read-thread/deadline.ts'
import { QueryError } from '../../read-thread/read-error.ts'
import type { EventTable } from '../events/event-table.ts'
import { ColumnSet } from './column-set.ts'
import { maskOf, maskOfFilter, select } from './filters.ts'
import { SelectedEvents } from './selected-events.ts'
import type { Question } from './specification.ts'

/** Source: ECMAScript, "Time Values and Time Range" */
const LATEST_DATE_MS = 8.64e15

export interface Matching {
  readonly selected: SelectedEvents
  /** Stored events of the dataset. */
  readonly stored: number
  readonly warnings: readonly ClauseNote[]
  /** The clause after which no event was left. */
  readonly emptiedBy: ClauseNote | null
}

/** The events of the dataset that a question is about. Throws a QueryError. */
export function findMatching(
  table: EventTable,
  dataset: string,
  question: Question,
  check: CheckDeadline,
): Matching {
  const { range, filters, combination } = question
  const columns = new ColumnSet(table)
  const warnings: ClauseNote[] = []
  let emptiedBy: ClauseNote | null = null
  const emptied = (rows: Uint32Array, clause: string, message: () => string) => {
    if (rows.length === 0) emptiedBy ??= { clause, message: message() }
  }

  const stored = rowsOfDataset(table, dataset)
  if (table.truncated > 0) {
    const message = `${table.truncated} stored events are not loaded in full: they have more columns or text than there is room for, or cannot be read`
    warnings.push({ clause: '', message })
  }
  emptied(stored, '', () => 'nothing has arrived yet')
  let rows = rowsInTime(table, stored, range.start * 1_000, range.end * 1_000)
  emptied(rows, 'time_range', () => timeMessage(table, stored))
  check()
  for (const [index, field] of question.calculatedFields.entries()) {
    warnings.push(...columns.calculate(field, `calculated_fields.${index}`, rows, check))
  }
  warnings.push(...unknownColumns(question, columns), ...columnsWithoutNumbers(question, columns))
  if (combination === 'OR') {
    rows = select(rows, maskOf(filters, 'OR', columns, rows, check))
    emptied(rows, 'filters', () => 'no event in this time range fulfils any of the filters')
  } else {
    const before = rows
    for (const [index, filter] of filters.entries()) {
      const left = select(rows, maskOfFilter(filter, columns, rows, check))
      if (left.length === 0 && rows.length > 0) {
        const isAlone = select(before, maskOfFilter(filter, columns, before, check)).length === 0
        const together = index > 0 && !isAlone ? ' together with the filters before it' : ''
        const message = `no event in this time range fulfils this filter${together}${hintFor(filter)}`
        emptied(left, `filters.${index}`, () => message)
      }
      rows = left
      check()
    }
  }
  return {
    selected: new SelectedEvents(table, columns, rows, check, question.calculations),
    stored: stored.length,
    warnings,
    emptiedBy,
  }
}

/** `error != true` finds nothing where only failed spans have `error`, which a person does not expect. */
function hintFor({ column, op }: QueryFilter): string {
  const isNegated = op === '!=' || op === 'not-in' || (op.startsWith('does-not-') && op !== 'does-not-exist')
  return isNegated ? `; ${op} leaves out events without "${column}": find those with does-not-exist` : ''
}

/** The rows of a dataset, by its slug. Throws a QueryError (404) for an unknown one. */
export function rowsOfDataset(table: EventTable, slug: string): Uint32Array {
  const rows = table.rows()
  if (slug === ALL_DATASETS) return rows
  const { codes, dictionary } = table.dataset.of(rows)
  const isMeant = Array.from({ length: dictionary.size }, (_, code) => {
    const name = dictionary.value(code)
    return name !== null && datasetSlug(String(name)) === slug
  })
  const mask = Uint8Array.from(codes, (code) => (isMeant[code] ? 1 : 0))
  const found = select(rows, mask)
  if (found.length === 0) throw new QueryError(404, `no event of the dataset "${slug}" is stored`)
  return found
}

function rowsInTime(table: EventTable, rows: Uint32Array, startMs: number, endMs: number): Uint32Array {
  const { timesMs } = table
  const found = new Uint32Array(rows.length)
  let count = 0
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index] as number
    const time = timesMs[row] as number
    if (time >= startMs && time < endMs) found[count++] = row
  }
  return found.subarray(0, count)
}

function timeMessage({ timesMs }: EventTable, rows: Uint32Array): string {
  let latest = Number.NEGATIVE_INFINITY
  for (const row of rows) latest = Math.max(latest, timesMs[row] as number)
  // A time of 64 bits may be later than a date can be.
  return `no event in this time range: the latest is from ${new Date(Math.min(latest, LATEST_DATE_MS)).toISOString()}`
}

/** Columns that a clause names and no event has: mostly misspelt. */
function unknownColumns(question: Question, columns: ColumnSet): ClauseNote[] {
  const named: [clause: string, column: string | undefined][] = [
    ...question.breakdowns.map((column, index) => [`breakdowns.${index}`, column] as [string, string]),
    ...question.filters.map(({ column }, index) => [`filters.${index}.column`, column] as [string, string]),
    ...question.calculations.flatMap(({ column, filters }, index): [string, string | undefined][] => [
      [`calculations.${index}.column`, column],
      ...(filters ?? []).map(
        (filter, at) => [`calculations.${index}.filters.${at}.column`, filter.column] as [string, string],
      ),
    ]),
  ]
  return named.flatMap(([clause, column]) =>
    column === undefined || columns.has(column)
      ? []
      : { clause, message: `no event has the column "${column}"` },
  )
}

const WITHOUT_NUMBERS: readonly string[] = ['COUNT', 'COUNT_DISTINCT', 'CONCURRENCY']

function columnsWithoutNumbers({ calculations }: Question, columns: ColumnSet): ClauseNote[] {
  return calculations.flatMap(({ op, column: name }, index) => {
    const column = name === undefined || WITHOUT_NUMBERS.includes(op) ? undefined : columns.get(name)
    if (!column || column.dictionary.hasNumbers) return []
    return { clause: `calculations.${index}.column`, message: `"${name}" has no numbers for ${op}` }
  })
}
