import type { Range } from './axis.ts'
import type { RowLinks } from './row-links.ts'
import type { Row } from './rows.ts'

/** A part of one span for which the whole request waited, in milliseconds on the trace's axis. */
export interface Stretch extends Range {
  readonly id: string
}

/**
 * The critical path of the longest tree: backwards from the end of its root, always into the child that ended last.
 * Children that begin before their parent, or end after it, count within it.
 */
export function criticalPath({ roots, children }: RowLinks): Map<string, Stretch[]> {
  const root = withoutLogs(roots).toSorted((a, b) => b.endMs - b.startMs - (a.endMs - a.startMs))[0]
  const path = new Map<string, Stretch[]>()
  if (!root) return path
  const seen = new Set<Row>()
  const waiting = [{ row: root, sinceMs: root.startMs, untilMs: root.endMs }]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { row, untilMs } = next
    if (seen.has(row)) continue
    seen.add(row)
    const startMs = Math.max(row.startMs, next.sinceMs)
    const own: Stretch[] = []
    let atMs = Math.min(row.endMs, untilMs)
    const below = withoutLogs(children.get(row.id) ?? []).toSorted((a, b) => b.endMs - a.endMs)
    for (const child of below) {
      const endMs = Math.min(child.endMs, atMs)
      if (child.startMs >= atMs || endMs <= startMs) continue
      if (endMs < atMs) own.push({ id: row.id, fromMs: endMs, toMs: atMs })
      waiting.push({ row: child, sinceMs: startMs, untilMs: endMs })
      atMs = Math.max(startMs, child.startMs)
    }
    if (atMs > startMs) own.push({ id: row.id, fromMs: startMs, toMs: atMs })
    path.set(row.id, own)
  }
  return path
}

function withoutLogs(rows: readonly Row[]): Row[] {
  return rows.filter(({ kind }) => kind !== 'log')
}

/** Milliseconds of all stretches together. */
export function lengthOf(stretches: readonly Range[]): number {
  return stretches.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0)
}

/** The ranges by start, as one where they overlap or are less than `gapMs` apart. */
export function united(ranges: readonly Range[], gapMs: number): Range[] {
  const found: { fromMs: number; toMs: number }[] = []
  for (const { fromMs, toMs } of ranges.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = found.at(-1)
    if (last && fromMs - last.toMs < gapMs) last.toMs = Math.max(last.toMs, toMs)
    else found.push({ fromMs, toMs })
  }
  return found
}
