import stringWidth from 'fast-string-width'
import { duration } from '../../analysis/format.ts'
import { type Range, ticks } from '../../analysis/trace/axis.ts'

/** Columns for each label of the axis. */
const LABEL = 14

/** The labels of an axis of so many columns, each beginning at its moment, or as near as it fits. Those that do not fit are left out. */
export function axisLine(range: Range, columns: number): string {
  const perMs = columns / (range.toMs - range.fromMs)
  let line = ''
  let width = 0
  for (const ms of ticks(range, Math.max(2, Math.round(columns / LABEL)))) {
    const label = duration(ms)
    // The last one ends where the axis ends.
    const at = Math.min(Math.floor((ms - range.fromMs) * perMs), columns - stringWidth(label))
    if (at < width + (width > 0 ? 1 : 0)) continue
    line += ' '.repeat(at - width) + label
    width = at + stringWidth(label)
  }
  return line
}
