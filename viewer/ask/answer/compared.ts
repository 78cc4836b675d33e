import type { BubbleUpInput, QueryAnswer, QueryInput, ResultRow } from '../../../contracts/sandbox/query.ts'
import { narrowable, withFilter, withTimes } from '../question.ts'
import { type Area, selectionOf } from './area.ts'
import { sixDigits } from './area-fields.ts'
import type { Group } from './groups.ts'

/** What BubbleUp compares with the rest. */
export type Compared =
  | { readonly kind: 'area'; readonly area: Area }
  | { readonly kind: 'group'; readonly label: string; readonly group: ResultRow }

export function comparedGroup({ label, values }: Group): Compared {
  return { kind: 'group', label, group: Object.fromEntries(values) }
}

/** Whether the selection still means something after the question has changed. */
export function isStillThere(compared: Compared, question: QueryInput, answer: QueryAnswer): boolean {
  if (compared.kind === 'area') {
    const { column, start, end } = compared.area
    const isInRange = start < answer.range.end && end > answer.range.start
    return isInRange && answer.heatmaps.some((heatmap) => heatmap.column === column)
  }
  const columns = Object.keys(compared.group)
  return (
    columns.length === (question.breakdowns?.length ?? 0) &&
    columns.every((column) => question.breakdowns?.includes(column))
  )
}

/** The question of a BubbleUp over the events of an answer: a range that ends now has moved since. */
export function bubbleUpOf(compared: Compared, question: QueryInput, answer: QueryAnswer): BubbleUpInput {
  const { time_range, granularity, orders, havings, limit, ...asked } = question
  const { start, end } = answer.range
  return {
    query: { ...asked, start_time: start, end_time: end },
    selection: compared.kind === 'area' ? selectionOf(compared.area) : { group: compared.group },
  }
}

/** Only the time of the area. */
export function zoomedInto(question: QueryInput, { start, end }: Area): QueryInput {
  return withTimes(question, start, end)
}

/** Only events with values of the area, rounded outwards. */
export function filteredTo(question: QueryInput, { column, min, max, hasMax }: Area): QueryInput {
  const above = withFilter(narrowable(question).base, { column, op: '>=', value: sixDigits(min, Math.floor) })
  return withFilter(above, { column, op: hasMax ? '<=' : '<', value: sixDigits(max, Math.ceil) })
}
