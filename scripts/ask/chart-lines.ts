import stringWidth from 'fast-string-width'
import { clock, plural } from '../../analysis/format.ts'
import type { DrawnGroup } from '../../analysis/questions/lines.ts'
import { formatNumber, type Unit } from '../../analysis/questions/values.ts'
import { lengthName } from '../../analysis/times.ts'
import { clipped, type Line, padded } from '../command-line/styled-lines.ts'

type Values = readonly (number | null)[]

export interface Chart {
  readonly title: string
  readonly unit: Unit
  readonly groups: readonly DrawnGroup[]
  /** For each group a value for each step of time; null without events. */
  readonly values: readonly Values[]
  /** The starts of the steps, Unix s. */
  readonly starts: readonly number[]
  /** s */
  readonly granularity: number
}

const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const
/** Lines of the chart of a single group. */
const HEIGHT = 5
const MOST_GROUPS = 8
/** The share of the width that the names of groups have at most. */
const LABEL_SHARE = 0.35

/** For how many steps of time a chart has a column at least. */
export function chartColumns(width: number, hasGroups: boolean): number {
  return hasGroups ? width - Math.floor(width * LABEL_SHARE) - 2 : width - NUMBER_LABEL - 2
}
const NUMBER_LABEL = 10

/** One calculation over time: a line of blocks for each group, or a higher chart for a single one. All have one scale. */
export function chartLines(
  { title, unit, groups, values, starts, granularity }: Chart,
  width: number,
): Line[] {
  const drawn = values.slice(0, MOST_GROUPS)
  const [least, most] = scaleOf(drawn)
  const isSingle = groups.length === 1
  const labels = isSingle
    ? [formatNumber(most, unit), formatNumber(least, unit)]
    : groups.map(({ label }) => label)
  const label = Math.min(
    Math.floor(width * LABEL_SHARE),
    Math.max(...labels.map((text) => stringWidth(clipped(text, width)))),
  )
  const columns = width - label - 2
  const joined = joinedSteps(starts.length, columns)
  const rows = drawn.map((line) => blockRows(joinSteps(line, joined), [least, most], isSingle ? HEIGHT : 1))
  const labelOf = (group: number, row: number) => {
    if (!isSingle) return labels[group] ?? ''
    return row === 0 ? (labels[0] ?? '') : row === HEIGHT - 1 ? (labels[1] ?? '') : ''
  }
  const steps =
    joined > 1
      ? `${joined} steps of ${lengthName(granularity)}, the highest of them`
      : lengthName(granularity)
  const range = isSingle ? '' : `, ${formatNumber(least, unit)} to ${formatNumber(most, unit)}`
  const left = groups.length - drawn.length
  return [
    [{ text: clipped(`${title}${range}; each column is ${steps}`, width), style: 'bold' }],
    ...rows.flatMap((lines, group) =>
      lines.map(
        (text, row): Line => [
          padded(labelOf(group, row), label, isSingle ? 'right' : 'left'),
          '  ',
          { text, style: 'cyan' },
        ],
      ),
    ),
    [
      {
        text: `${' '.repeat(label + 2)}${timeAxis(starts, Math.ceil(starts.length / joined))}`,
        style: 'dim',
      },
    ],
    ...(left > 0 ? [[{ text: `… ${plural(left, 'more group')} in the table`, style: 'dim' } as const]] : []),
  ]
}

/** From 0, or from the least value if it is below, to the greatest. */
function scaleOf(lines: readonly Values[]): readonly [number, number] {
  let [least, most] = [0, 0]
  for (const line of lines)
    for (const value of line) {
      if (value === null || !Number.isFinite(value)) continue
      least = Math.min(least, value)
      most = Math.max(most, value)
    }
  return [least, most]
}

/** How many steps share a column. */
export function joinedSteps(steps: number, columns: number): number {
  return Math.max(1, Math.ceil(steps / Math.max(1, columns)))
}

function joinSteps(line: Values, joined: number): Values {
  if (joined === 1) return line
  return Array.from({ length: Math.ceil(line.length / joined) }, (_, column) =>
    line
      .slice(column * joined, (column + 1) * joined)
      .reduce<number | null>(
        (most, value) => (value !== null && (most === null || value > most) ? value : most),
        null,
      ),
  )
}

/** The lines of a chart, the highest first. A step with events has at least the lowest block, one without is empty. */
function blockRows(values: Values, [least, most]: readonly [number, number], height: number): string[] {
  const eighths = values.map((value) => {
    if (value === null || !Number.isFinite(value)) return 0
    const share = most > least ? (value - least) / (most - least) : 0
    return Math.max(1, Math.round(share * height * BLOCKS.length))
  })
  return Array.from({ length: height }, (_, row) => {
    const below = (height - 1 - row) * BLOCKS.length
    return eighths
      .map((size) => (size <= below ? ' ' : (BLOCKS[Math.min(BLOCKS.length, size - below) - 1] ?? '')))
      .join('')
  })
}

/** The clock at the first and at the last step. */
export function timeAxis(starts: readonly number[], columns: number): string {
  const [first, last] = [clock((starts[0] ?? 0) * 1_000), clock((starts.at(-1) ?? 0) * 1_000)]
  const space = columns - first.length - last.length
  return space >= 2 ? `${first}${' '.repeat(space)}${last}` : first
}
