import stringWidth from 'fast-string-width'
import { count, duration } from '../../analysis/format.ts'
import type { Range } from '../../analysis/trace/axis.ts'
import { boundedTree, type Hidden, isHidden } from '../../analysis/trace/bounded-tree.ts'
import type { LensTree } from '../../analysis/trace/lens-tree.ts'
import { rowImportance } from '../../analysis/trace/main-rows.ts'
import type { PlacedRow } from '../../analysis/trace/rows.ts'
import { visibleRows } from '../../analysis/trace/runs.ts'
import {
  clipped,
  clippedAtStart,
  type Line,
  type Part,
  padded,
  wrapped,
} from '../command-line/styled-lines.ts'
import { axisLine } from './axis-line.ts'
import { BAR, barOf } from './bar.ts'

export interface WaterfallOptions {
  /** Columns */
  readonly width: number
  /** The visible time, the same for each lens. */
  readonly range: Range
  /** At most this many spans, and as many lines about those that are left out. */
  readonly limit: number
  /** Shows the members of runs of like siblings, instead of one line for each run. */
  readonly opensRuns?: boolean
}

/** Of a terminal on which services have a column. Narrower ones have them before the names, and indent by one column. */
const WIDE = 72
/** Of the names, columns. */
const [LEAST_NAME, MOST_NAME] = [16, 120]
const MARKS = { error: '✕ ', orphan: '◌ ' } as const

interface Columns {
  readonly name: number
  /** 0 without a column for the services. */
  readonly service: number
  readonly bar: number
  readonly duration: number
}

/** The rows of one lens as a tree, with a bar for each on an axis, and what its marks mean. */
export function waterfallLines(tree: LensTree, options: WaterfallOptions): Line[] {
  const below = countsBelow(tree)
  const opened = tree.runs.filter((run) => options.opensRuns || hidesErrors(run, below.get(run)))
  const toggled = new Set(opened.map(({ key }) => key))
  const visible = visibleRows(tree.all, toggled).filter(({ kind }) => kind !== 'log')
  const rows = boundedTree(visible, options.limit, rowImportance(tree))
  const shown = rows.flatMap((row) => (isHidden<PlacedRow>(row) ? [] : [row]))
  const columns = columnsFor(shown, options.width)
  const indentOf = indentFor(columns.name, options.width)
  const spansOf = (row: PlacedRow) =>
    row.run ? (toggled.has(row.key) ? 0 : (below.get(row)?.spans ?? 0)) : 1
  const before = columns.name + 2 + (columns.service > 0 ? columns.service + 2 : 0)
  const hasServices = new Set(shown.map(({ service }) => service)).size > 1
  const lines = rows.map((row, index) => {
    if (isHidden<PlacedRow>(row)) {
      const text = hiddenLine(row, indentOf(row.depth), spansOf)
      return [{ text: clipped(text, options.width), style: 'dim' } as const]
    }
    const service =
      hasServices && columns.service === 0 && row.service !== rowAbove(rows, index)?.service
        ? row.service
        : ''
    const name = nameParts(row, indentOf(row.depth), columns.name, service, below.get(row)?.spans ?? 0)
    return [
      ...name,
      '  ',
      ...(columns.service > 0
        ? [
            {
              text: padded(clippedAtStart(row.service, columns.service), columns.service),
              style: 'dim',
            } as const,
            '  ',
          ]
        : []),
      ...barOf(row, stretchesOf(row, tree), options.range, columns.bar),
      '  ',
      padded(durationOf(row), columns.duration, 'right'),
    ]
  })
  const axis = { text: `${' '.repeat(before)}${axisLine(options.range, columns.bar)}`, style: 'dim' } as const
  return [[axis], ...lines, ...legend(shown, tree, options.width)]
}

function stretchesOf(row: PlacedRow, { critical }: LensTree): readonly Range[] {
  const ids = row.run ? row.run.members.map(({ id }) => id) : [row.id]
  return ids.flatMap((id) => critical.get(id) ?? [])
}

function columnsFor(rows: readonly PlacedRow[], width: number): Columns {
  const longest = (texts: readonly string[]) =>
    texts.reduce((most, text) => Math.max(most, stringWidth(text)), 0)
  const services = [...new Set(rows.map(({ service }) => service))]
  const duration = longest(rows.map(durationOf))
  const service =
    width >= WIDE && services.length > 1
      ? Math.min(longest(services.map((name) => clipped(name, width))), Math.floor(width / 5))
      : 0
  const left = width - duration - 4 - (service > 0 ? service + 2 : 0)
  const name = Math.min(Math.floor(left * 0.55), Math.max(LEAST_NAME, ...rows.map(nameWidth)))
  return { name, service, bar: left - name, duration }
}

/** Columns that a row needs with all of its text. */
function nameWidth({ depth, label, detail, service }: PlacedRow): number {
  // Room for the status, the marks and what a run has below it.
  return depth * 2 + stringWidth(clipped(`${service}${label} ${detail?.text ?? ''}`, MOST_NAME)) + 12
}

/** The indentation of a depth. Deeper rows than fit have their depth as a number. */
function indentFor(columns: number, width: number): (depth: number) => string {
  const step = width < WIDE ? 1 : 2
  const most = Math.floor(columns / 2 / step)
  return (depth) => (depth <= most ? ' '.repeat(depth * step) : `${' '.repeat(most * step - 2)}${depth}› `)
}

function nameParts(row: PlacedRow, indent: string, columns: number, service: string, below: number): Part[] {
  const { detail, label, isError, isOrphan, run } = row
  const status = detail?.status !== undefined && detail.status >= 400 ? `${detail.status} ` : ''
  const mark = `${isError ? MARKS.error : ''}${isOrphan ? MARKS.orphan : ''}${status}`
  const before = `${indent}${mark}${service && `${service}: `}`
  const failed = run && run.errors > 0 ? `, ${count(run.errors)} failed` : ''
  const inside = run && below > run.members.length ? `, ${count(below - run.members.length)} below` : ''
  const about = run ? `${failed}${inside}` : detail?.text ? ` ${detail.text}` : ''
  const text = padded(`${before}${label}${about}`, columns)
  const isFailed = isError || failed !== ''
  return isFailed ? [{ text, style: 'red' }] : [text]
}

/** What a run has below it, with its members. */
interface Below {
  spans: number
  errors: number
}

function countsBelow({ all, runs }: LensTree): ReadonlyMap<PlacedRow, Below> {
  const counts = new Map<PlacedRow, Below>(runs.map((run) => [run, { spans: 0, errors: 0 }]))
  if (runs.length === 0) return counts
  const open: { readonly depth: number; readonly below: Below }[] = []
  for (const row of all) {
    while ((open.at(-1)?.depth ?? -1) >= row.depth) open.pop()
    const own = counts.get(row)
    if (own) open.push({ depth: row.depth, below: own })
    else if (row.kind !== 'log')
      for (const { below } of open) {
        below.spans++
        below.errors += Number(row.isError)
      }
  }
  return counts
}

/** Whether a closed run would hide which of its spans failed. Where all members failed, one line says so. */
function hidesErrors({ run }: PlacedRow, below: Below | undefined): boolean {
  const errors = below?.errors ?? 0
  return errors > 0 && !(run?.errors === run?.members.length && errors === run?.errors)
}

function hiddenLine({ hidden }: Hidden<PlacedRow>, indent: string, spansOf: (row: PlacedRow) => number) {
  const spans = hidden.reduce((sum, row) => sum + spansOf(row), 0)
  const errors = hidden.reduce((sum, { isError, run }) => sum + (run ? run.errors : Number(isError)), 0)
  const longestMs = hidden.reduce((most, row) => Math.max(most, row.run?.maxMs ?? row.endMs - row.startMs), 0)
  const failed = errors > 0 ? `, ${count(errors)} failed` : ''
  return `${indent}… ${count(spans)} more${failed}, the longest ${duration(longestMs)}`
}

function rowAbove(rows: readonly (PlacedRow | Hidden<PlacedRow>)[], index: number): PlacedRow | undefined {
  const above = rows[index - 1]
  return above && !isHidden<PlacedRow>(above) ? above : undefined
}

function durationOf({ run, startMs, endMs, isInProgress }: PlacedRow): string {
  if (isInProgress) return 'in progress'
  return duration(run ? run.totalMs : endMs - startMs)
}

/** What the marks mean that the rows have. */
function legend(rows: readonly PlacedRow[], { critical }: LensTree, width: number): Line[] {
  const marks = [
    critical.size > 1 && `${BAR.critical} the request waited for it (critical path)`,
    rows.some(({ isError }) => isError) && `${MARKS.error}failed`,
    rows.some(({ isOrphan }) => isOrphan) && `${MARKS.orphan}its parent has not arrived`,
    rows.some(({ isInProgress }) => isInProgress) && `${BAR.open} in progress`,
    rows.some(({ run }) => run) && 'n × like siblings, with the sum of their times',
  ].filter((mark) => mark !== false)
  if (marks.length === 0) return []
  return wrapped(marks.join(' · '), width).map((text) => [{ text, style: 'dim' }])
}
