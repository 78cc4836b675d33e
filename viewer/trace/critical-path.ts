import type { Row } from './rows.ts'

/** A part of one span for which the whole request waited, in milliseconds on the trace's axis. */
export interface Stretch {
  readonly id: string
  readonly fromMs: number
  readonly toMs: number
}

/**
 * The critical path of the longest tree: backwards from the end of its root, always into the child that ended last.
 * Children that end after their parent count up to its end.
 */
export function criticalPath(rows: readonly Row[]): Map<string, Stretch[]> {
  const spans = rows.filter(({ kind }) => kind !== 'log')
  const ids = new Set(spans.map(({ id }) => id))
  const children = Map.groupBy(spans, ({ id, parentId }) =>
    ids.has(parentId) && parentId !== id ? parentId : '',
  )
  const roots = children.get('') ?? []
  const root = roots.toSorted((a, b) => b.endMs - b.startMs - (a.endMs - a.startMs))[0]
  const path = new Map<string, Stretch[]>()
  if (!root) return path
  const seen = new Set<Row>()
  const waiting = [{ row: root, untilMs: root.endMs }]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { row, untilMs } = next
    if (seen.has(row)) continue
    seen.add(row)
    const own: Stretch[] = []
    let atMs = Math.min(row.endMs, untilMs)
    const below = (children.get(row.id) ?? []).toSorted((a, b) => b.endMs - a.endMs)
    for (const child of below) {
      const endMs = Math.min(child.endMs, atMs)
      if (child.startMs >= atMs || endMs <= row.startMs) continue
      if (endMs < atMs) own.push({ id: row.id, fromMs: endMs, toMs: atMs })
      waiting.push({ row: child, untilMs: endMs })
      atMs = Math.max(row.startMs, child.startMs)
    }
    if (atMs > row.startMs) own.push({ id: row.id, fromMs: row.startMs, toMs: atMs })
    path.set(row.id, own)
  }
  return path
}
