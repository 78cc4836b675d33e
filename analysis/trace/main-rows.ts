import { lengthOf } from './critical-path.ts'
import type { LensTree } from './lens-tree.ts'
import type { PlacedRow } from './rows.ts'
import { visibleRows } from './runs.ts'

/** A row that is shown, and how many rows between it and the next shown one are not. */
export interface MainRow {
  readonly row: PlacedRow
  readonly leftOut: number
}

const NONE_OPEN: ReadonlySet<string> = new Set()

/**
 * At most `max` rows of a tree, in its order: failed ones first, then those for which the request waited longest, then the
 * longest; each with the rows above it. Runs of like siblings are one row. A row whose ancestors do not fit is left out.
 */
export function mainRows(tree: LensTree, max: number): MainRow[] {
  const rows = visibleRows(tree.all, NONE_OPEN)
  const chosen = rows.length <= max ? new Set(rows) : choose(rows, tree, max)
  const shown: { row: PlacedRow; leftOut: number }[] = []
  for (const row of rows) {
    const last = shown.at(-1)
    if (chosen.has(row)) shown.push({ row, leftOut: 0 })
    else if (last) last.leftOut++
  }
  return shown
}

function choose(rows: readonly PlacedRow[], tree: LensTree, max: number): Set<PlacedRow> {
  const parents = parentsOf(rows)
  const ranked = rows
    .map((row) => ({ row, rank: rankOf(row, tree) }))
    .toSorted(
      (a, b) => b.rank.failed - a.rank.failed || b.rank.waitedMs - a.rank.waitedMs || b.rank.ms - a.rank.ms,
    )
  // The first root is always shown, so that rows that are left out have a row to be counted at.
  const chosen = new Set(rows.slice(0, 1))
  for (const { row } of ranked) {
    const path: PlacedRow[] = []
    for (let at: PlacedRow | undefined = row; at && !chosen.has(at); at = parents.get(at)) path.push(at)
    if (chosen.size + path.length > max) continue
    for (const one of path) chosen.add(one)
    if (chosen.size === max) break
  }
  return chosen
}

function rankOf(row: PlacedRow, { critical }: LensTree) {
  const members = row.run?.members ?? [row]
  return {
    failed: row.isError || (row.run?.errors ?? 0) > 0 ? 1 : 0,
    waitedMs: members.reduce((sum, { id }) => sum + lengthOf(critical.get(id) ?? []), 0),
    ms: row.endMs - row.startMs,
  }
}

function parentsOf(rows: readonly PlacedRow[]): Map<PlacedRow, PlacedRow> {
  const parents = new Map<PlacedRow, PlacedRow>()
  /** The last row of each depth. */
  const open: PlacedRow[] = []
  for (const row of rows) {
    const parent = open[row.depth - 1]
    if (parent) parents.set(row, parent)
    open.length = row.depth
    open[row.depth] = row
  }
  return parents
}
