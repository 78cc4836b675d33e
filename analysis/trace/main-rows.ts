import { boundedTree, type Importance, isHidden } from './bounded-tree.ts'
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
  const importanceOf = rowImportance(tree)
  // The first root is always shown, so that rows that are left out have a row to be counted at.
  const shown = boundedTree(rows, max, (row) => [row === rows[0] ? 1 : 0, ...importanceOf(row)])
  const found: { row: PlacedRow; leftOut: number }[] = []
  for (const row of shown) {
    const last = found.at(-1)
    if (!isHidden<PlacedRow>(row)) found.push({ row, leftOut: 0 })
    else if (last) last.leftOut += row.hidden.length
  }
  return found
}

/** Failed rows first, then those for which the request waited longest, then the longest. */
export function rowImportance({ critical }: LensTree): (row: PlacedRow) => Importance {
  return (row) => {
    const { isError, run, startMs, endMs } = row
    const isFailed = isError || (run?.errors ?? 0) > 0
    return [isFailed ? 1 : 0, waitedMs(row, critical), endMs - startMs]
  }
}

/** For how long the request waited for the row itself, or for all members of a run. ms */
export function waitedMs({ id, run }: Pick<PlacedRow, 'id' | 'run'>, critical: LensTree['critical']): number {
  const ids = run ? run.members.map((member) => member.id) : [id]
  return ids.reduce((sum, one) => sum + lengthOf(critical.get(one) ?? []), 0)
}
