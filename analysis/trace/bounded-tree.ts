/** What a tree of rows leaves out between two of its rows. */
export interface Hidden<Row> {
  readonly hidden: readonly Row[]
  /** The least of theirs. */
  readonly depth: number
}

/** How important a row is: larger numbers are, and an earlier one decides before a later one. */
export type Importance = readonly number[]

/**
 * At most `limit` rows of a tree, the most important ones with all rows above them, and for each stretch of other rows what
 * it holds. Rows are in the order of the tree, parents first; so is the result, and nothing is lost between the two.
 */
export function boundedTree<Row extends { readonly depth: number }>(
  rows: readonly Row[],
  limit: number,
  importanceOf: (row: Row) => Importance,
): (Row | Hidden<Row>)[] {
  if (rows.length <= limit) return [...rows]
  const parents = parentsOf(rows)
  const ranked = rows
    .map((row, index) => ({ index, importance: importanceOf(row) }))
    .toSorted((a, b) => compare(b.importance, a.importance) || a.index - b.index)
  const kept = new Set<number>()
  for (const { index } of ranked) {
    if (kept.size >= limit) break
    const path = missingPath(index, parents, kept, limit - kept.size)
    for (const place of path) kept.add(place)
  }
  return withStretches(rows, kept)
}

export function isHidden<Row>(row: Row | Hidden<Row>): row is Hidden<Row> {
  return typeof row === 'object' && row !== null && 'hidden' in row
}

function compare(a: Importance, b: Importance): number {
  for (const [place, value] of a.entries()) {
    const difference = value - (b[place] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

/** For each row the index of its parent, -1 for a root. */
function parentsOf(rows: readonly { readonly depth: number }[]): number[] {
  /** The last row of each depth. */
  const open: number[] = []
  return rows.map(({ depth }, index) => {
    open[depth] = index
    return open[depth - 1] ?? -1
  })
}

/** The row and those above it that are not kept yet; none, if they are more than there is room for. */
function missingPath(
  index: number,
  parents: readonly number[],
  kept: ReadonlySet<number>,
  room: number,
): number[] {
  const path: number[] = []
  for (let place = index; place >= 0 && !kept.has(place); place = parents[place] ?? -1) {
    if (path.length === room) return []
    path.push(place)
  }
  return path
}

function withStretches<Row extends { readonly depth: number }>(
  rows: readonly Row[],
  kept: ReadonlySet<number>,
): (Row | Hidden<Row>)[] {
  const shown: (Row | Hidden<Row>)[] = []
  let hidden: Row[] = []
  const close = () => {
    if (hidden.length === 0) return
    shown.push({ hidden, depth: hidden.reduce((least, { depth }) => Math.min(least, depth), Infinity) })
    hidden = []
  }
  for (const [index, row] of rows.entries()) {
    if (kept.has(index)) {
      close()
      shown.push(row)
    } else hidden.push(row)
  }
  close()
  return shown
}
