/** One row of a timeline: a span, or a segment or subsegment. Times in epoch milliseconds. */
export interface TimelineRow {
  readonly id: string
  readonly parentId: string
  readonly label: string
  readonly note: string
  readonly startMs: number
  readonly endMs: number
  readonly isError: boolean
}

export interface PlacedRow extends TimelineRow {
  readonly depth: number
}

/** Orders rows as a tree, parents before children and by start; what has no known parent stands at the left. */
export function arrange(rows: readonly TimelineRow[]): PlacedRow[] {
  const ids = new Set(rows.map(({ id }) => id))
  const children = Map.groupBy(
    rows.toSorted((a, b) => a.startMs - b.startMs),
    ({ id, parentId }) => (ids.has(parentId) && parentId !== id ? parentId : ''),
  )
  const placed: PlacedRow[] = []
  const seen = new Set<TimelineRow>()
  const waiting = (children.get('') ?? []).map((row) => ({ ...row, row, depth: 0 })).reverse()
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { row, depth } = next
    if (seen.has(row)) continue
    seen.add(row)
    placed.push({ ...row, depth })
    const below = (children.get(row.id) ?? []).map((child) => ({ ...child, row: child, depth: depth + 1 }))
    waiting.push(...below.reverse())
  }
  // Rows that are each other's parents have no root; they are shown nevertheless.
  return [...placed, ...rows.filter((row) => !seen.has(row)).map((row) => ({ ...row, depth: 0 }))]
}
