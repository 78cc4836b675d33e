import { changesOf } from '../../analysis/compare/changes.ts'
import { inOrder, type Line } from '../../analysis/compare/span-paths.ts'
import type { Sort } from './compare-address.ts'

interface Choice {
  readonly sort: Sort
  readonly isOnlyChanges: boolean
  /** The lines whose children are not shown. */
  readonly folded: ReadonlySet<Line>
}

/**
 * The lines of the table. By place they are a tree; with changes only, a line without a change stays where one below it has
 * some. By difference they are a list, the largest difference of own time first.
 */
export function visibleLines(lines: readonly Line[], { sort, isOnlyChanges, folded }: Choice): Line[] {
  const ordered = inOrder(lines)
  if (sort === 'difference') {
    const shown = isOnlyChanges ? ordered.filter((line) => changesOf(line).length > 0) : ordered
    return shown.toSorted((x, y) => Math.abs(ownDifference(y)) - Math.abs(ownDifference(x)))
  }
  const kept = new Set<Line>()
  // Children come after their parents.
  for (const line of ordered.toReversed()) {
    if (isOnlyChanges && !kept.has(line) && changesOf(line).length === 0) continue
    kept.add(line)
    if (line.parent) kept.add(line.parent)
  }
  const hidden = new Set<Line>()
  return ordered.filter((line) => {
    const { parent } = line
    if (parent && (hidden.has(parent) || folded.has(parent))) hidden.add(line)
    return kept.has(line) && !hidden.has(line)
  })
}

/** How much more of their own time the spans of B took. ms */
function ownDifference({ a, b }: Line): number {
  return (b?.selfMs ?? 0) - (a?.selfMs ?? 0)
}
