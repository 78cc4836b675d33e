import type { Row } from './rows.ts'

/** How the rows of one lens hang together. */
export interface RowLinks {
  /** By start; log records after what started with them. */
  readonly rows: readonly Row[]
  /** Spans or segments, by id. */
  readonly owners: ReadonlyMap<string, Row>
  /** Rows without a known parent, by start. */
  readonly roots: readonly Row[]
  /** By the parent's id, by start. */
  readonly children: ReadonlyMap<string, readonly Row[]>
}

/** Links rows by the ids of their parents. Of two rows with one id, the later one is the parent of others. */
export function linkRows(given: readonly Row[]): RowLinks {
  const rows = byStart(given)
  const owners = new Map<string, Row>()
  for (const row of given) if (row.kind !== 'log') owners.set(row.id, row)
  const roots: Row[] = []
  const children = new Map<string, Row[]>()
  for (const row of rows) {
    const { id, parentId, kind } = row
    // A log row has the id of its span, which is also its parent.
    const isChild = kind === 'log' || parentId !== id
    const siblings = children.get(parentId)
    if (isChild && siblings) siblings.push(row)
    else if (isChild && owners.has(parentId)) children.set(parentId, [row])
    else roots.push(row)
  }
  return { rows, owners, roots, children }
}

/** The sandbox sends spans by start, so that mostly nothing is sorted. */
function byStart(rows: readonly Row[]): readonly Row[] {
  const isSorted = rows.every((row, index) => index === 0 || compare(rows[index - 1] as Row, row) <= 0)
  return isSorted ? rows : rows.toSorted(compare)
}

function compare(a: Row, b: Row): number {
  return a.startMs - b.startMs || Number(a.kind === 'log') - Number(b.kind === 'log')
}
