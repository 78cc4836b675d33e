import type { Group } from '../../../analysis/questions/groups.ts'
import { narrowable, withFilter, withTimes } from '../../../analysis/questions/question.ts'
import { nameOfValue } from '../../../analysis/questions/values.ts'
import { timesBetween } from '../../../analysis/times.ts'
import type { BubbleUpInput, QueryAnswer, QueryInput, ResultRow } from '../../../contracts/sandbox/query.ts'
import type { Area } from '../../charts/area.ts'
import { sixDigits } from './area-fields.ts'
import { selectionOf } from './selection.ts'

/** What BubbleUp compares with the rest. */
export type Compared =
  | { readonly kind: 'area'; readonly area: Area }
  | { readonly kind: 'group'; readonly label: string; readonly group: ResultRow }

export function comparedGroup({ label, values }: Group): Compared {
  return { kind: 'group', label, group: Object.fromEntries(values) }
}

/** A selection for the page's address. */
export function selectionText(compared: Compared): string {
  return JSON.stringify(compared.kind === 'area' ? compared.area : { group: compared.group })
}

/** Reads what `selectionText` wrote; undefined for another text. */
export function readSelection(text: string): Compared | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (isArea(value)) return { kind: 'area', area: value }
    const { group } = value as { group: ResultRow }
    if (typeof group !== 'object' || Array.isArray(group)) return undefined
    const values = Object.values(group)
    const areValues = values.every((of) => of === null || ['string', 'number', 'boolean'].includes(typeof of))
    return areValues ? { kind: 'group', group, label: values.map(nameOfValue).join(', ') } : undefined
  } catch {
    return undefined
  }
}

function isArea(value: unknown): value is Area {
  const { column, start, end, min, max, hasMax } = value as Partial<Area>
  const areNumbers = [start, end, min, max].every((one) => typeof one === 'number')
  return areNumbers && typeof column === 'string' && typeof hasMax === 'boolean'
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
  return withTimes(question, timesBetween(start, end))
}

/** Only events with a time and a value of the area. The values are rounded outwards. */
export function filteredTo(question: QueryInput, { column, start, end, min, max, hasMax }: Area): QueryInput {
  const base = withTimes(narrowable(question).base, timesBetween(start, end))
  const above = withFilter(base, { column, op: '>=', value: sixDigits(min, Math.floor) })
  return withFilter(above, { column, op: hasMax ? '<=' : '<', value: sixDigits(max, Math.ceil) })
}
