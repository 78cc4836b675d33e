import type { Range } from '../../analysis/trace/axis.ts'
import { lengthOf } from '../../analysis/trace/critical-path.ts'
import type { Row } from '../../analysis/trace/rows.ts'
import type { LineStyle, Part } from '../command-line/styled-lines.ts'

/** What bars are made of. `short`: less than half a column. */
export const BAR = { critical: '━', other: '─', shortCritical: '╸', shortOther: '╴', open: '→' } as const

/** The bar of one row on an axis of so many columns: heavy where the whole request waited for it. Always exactly that wide. */
export function barOf(
  row: Pick<Row, 'startMs' | 'endMs' | 'isError' | 'isInProgress'>,
  stretches: readonly Range[],
  range: Range,
  columns: number,
): Part[] {
  const columnMs = (range.toMs - range.fromMs) / columns
  const place = (ms: number) => Math.min(columns, Math.max(0, (ms - range.fromMs) / columnMs))
  const [start, end] = [place(row.startMs), place(row.endMs)]
  const first = Math.min(columns - 1, Math.floor(start))
  const cells = cellsOf(start, end, first, columns, (from, to) => {
    const [fromMs, toMs] = [range.fromMs + from * columnMs, range.fromMs + to * columnMs]
    return lengthOf(within(stretches, fromMs, toMs)) >= (toMs - fromMs) / 2
  })
  const last = row.isInProgress ? BAR.open : cells.at(-1)
  const bar = [...cells.slice(0, -1), last].join('')
  const style: LineStyle = row.isError ? 'red' : 'cyan'
  return [' '.repeat(first), { text: bar, style }, ' '.repeat(columns - first - bar.length)]
}

function cellsOf(
  start: number,
  end: number,
  first: number,
  columns: number,
  isCritical: (from: number, to: number) => boolean,
): string[] {
  const isShort = end - start < 0.5
  if (isShort) return [isCritical(start, end) && end > start ? BAR.shortCritical : BAR.shortOther]
  const cells: string[] = []
  for (let column = first; column < Math.min(columns, Math.ceil(end)); column++) {
    const [from, to] = [Math.max(start, column), Math.min(end, column + 1)]
    // A column of which the bar has less than half is left out, except the first.
    if (column > first && to - from < 0.5) break
    cells.push(isCritical(from, to) ? BAR.critical : BAR.other)
  }
  return cells
}

function within(stretches: readonly Range[], fromMs: number, toMs: number): Range[] {
  return stretches.flatMap((stretch) => {
    const part = { fromMs: Math.max(stretch.fromMs, fromMs), toMs: Math.min(stretch.toMs, toMs) }
    return part.toMs > part.fromMs ? [part] : []
  })
}
