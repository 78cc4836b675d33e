import { percent } from '../../../analysis/format.ts'
import {
  narrowable,
  withBreakdown,
  withCalculation,
  withFilter,
  withoutValue,
  withValue,
} from '../../../analysis/questions/question.ts'
import { formatNumber, type Unit } from '../../../analysis/questions/values.ts'
import type { ColumnValue, Difference, QueryInput } from '../../../contracts/sandbox/query.ts'
import type { Action } from '../../shell/menu.tsx'

/** One value of a dimension; null for the events without the column. Shares from 0 to 1. */
export interface Bar {
  readonly value: ColumnValue | null
  readonly inside: number
  readonly outside: number
}

/** The bars of a dimension, with the events that do not have it as the last one. */
export function barsOf({ values, withoutColumn }: Difference): Bar[] {
  const none =
    withoutColumn.inside > 0 || withoutColumn.outside > 0 ? [{ value: null, ...withoutColumn }] : []
  return [...values, ...none]
}

export function barActions(
  column: string,
  { value }: Bar,
  question: QueryInput,
  onChange: (next: QueryInput) => void,
): Action[] {
  const { base, note } = narrowable(question)
  return [
    { name: `Filter to this${note}`, act: () => onChange(withValue(base, column, value)) },
    { name: `Exclude this${note}`, act: () => onChange(withoutValue(base, column, value)) },
    ...columnActions(column, question, onChange),
  ]
}

export function columnActions(
  column: string,
  question: QueryInput,
  onChange: (next: QueryInput) => void,
): Action[] {
  return [{ name: `Group by ${column}`, act: () => onChange(withBreakdown(question, column)) }]
}

/** One bin of a measure's histogram: from `low` up to, and without, `high`. The last bin has its upper edge too. */
export interface Bin {
  readonly low: number
  readonly high: number
  readonly isLast: boolean
  readonly inside: number
  readonly outside: number
}

export function binsOf({ histogram }: Difference): Bin[] {
  if (!histogram) return []
  const { edges, inside, outside } = histogram
  return inside.map((share, index) => ({
    low: edges[index] ?? 0,
    high: edges[index + 1] ?? 0,
    isLast: index === inside.length - 1,
    inside: share,
    outside: outside[index] ?? 0,
  }))
}

/** "duration_ms: 80 ms to 120 ms 40 % inside, 2 % outside" */
export function binInWords(column: string, { low, high, inside, outside }: Bin, unit: Unit): string {
  return `${column}: ${formatNumber(low, unit)} to ${formatNumber(high, unit)} ${percent(inside)} inside, ${percent(outside)} outside`
}

export function binActions(
  column: string,
  { low, high, isLast }: Bin,
  question: QueryInput,
  onChange: (next: QueryInput) => void,
): Action[] {
  const { base, note } = narrowable(question)
  const above = withFilter(base, { column, op: '>=', value: low })
  const within = withFilter(above, { column, op: isLast ? '<=' : '<', value: high })
  return [
    { name: `Filter to this${note}`, act: () => onChange(within) },
    { name: `Only from here upwards${note}`, act: () => onChange(above) },
    {
      name: `Only below${note}`,
      act: () => onChange(withFilter(base, { column, op: '<', value: low })),
    },
    { name: 'Show as a heatmap', act: () => onChange(withCalculation(question, { op: 'HEATMAP', column })) },
  ]
}
