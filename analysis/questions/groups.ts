import type { ColumnValue, QueryAnswer, ResultRow } from '../../contracts/sandbox/query.ts'
import type { DrawnGroup } from './lines.ts'
import { nameOfValue } from './values.ts'

/** One group of a result: what its events have in the columns of the breakdowns. */
export interface Group extends DrawnGroup {
  /** Its place in `answer.results`. */
  readonly index: number
  readonly values: readonly (readonly [column: string, value: ColumnValue | null])[]
}

/** Tells the number 1 from the text "1". Equal for a row of the results and a row of the series of the same group. */
export function groupKey(row: ResultRow, breakdowns: readonly string[]): string {
  let key = ''
  for (const column of breakdowns) {
    const value = row[column]
    key += value === null || value === undefined ? '-' : `${(typeof value)[0]}${value}`
    key += '\u0000'
  }
  return key
}

/** A group for each result, in their order. Without breakdowns the only one is all events. */
export function groupsOf(answer: QueryAnswer, breakdowns: readonly string[]): Group[] {
  return answer.results.map((row, index) => {
    const values = breakdowns.map((column) => [column, row[column] ?? null] as const)
    const label = values.map(([, value]) => nameOfValue(value)).join(', ') || 'All events'
    return { index, key: groupKey(row, breakdowns), values, label }
  })
}
