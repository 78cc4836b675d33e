import { count } from '../format.ts'
import type { PlacedRow, Row } from './rows.ts'

/** Siblings that do the same, one after the other. */
export interface Run {
  /** By start; without what is below them. */
  readonly members: readonly PlacedRow[]
  /** Milliseconds; more than the run lasted, where members overlap. */
  readonly totalMs: number
  readonly maxMs: number
  readonly errors: number
}

/** Fewer like siblings stay as they are: two rows are read as fast as one, and show more. */
const LEAST_RUN = 3

/**
 * Puts each run of like siblings below a row for the run. Siblings are alike if their service, name and work are the same.
 * Log records between them do not end a run; they follow it. `rows` are a tree as `placeRows` orders it.
 */
export function withRuns(rows: readonly PlacedRow[]): readonly PlacedRow[] {
  if (!hasRun(rows)) return rows
  const { roots, below } = childrenOf(rows)
  const all: PlacedRow[] = []
  // A run's members are one level deeper than they were.
  const waiting = grouped(roots).map((row) => ({ row, deeper: 0 }))
  waiting.reverse()
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { row, deeper } = next
    all.push(deeper > 0 ? { ...row, depth: row.depth + deeper } : row)
    const inside = row.run?.members ?? grouped(below.get(row) ?? [])
    for (const child of inside.toReversed())
      waiting.push({ row: child, deeper: row.run ? deeper + 1 : deeper })
  }
  return all
}

/** Whether any siblings are a run: most traces have none, and large ones are grouped faster than they are searched. */
function hasRun(rows: readonly PlacedRow[]): boolean {
  /** The last sibling of each depth, and how many before it are like it. */
  const open: { readonly row: PlacedRow; readonly alike: number }[] = []
  for (const row of rows) {
    if (isLog(row)) continue
    const before = open[row.depth]
    const alike = before && isLike(before.row, row) ? before.alike + 1 : 1
    if (alike === LEAST_RUN) return true
    open.length = row.depth
    open.push({ row, alike })
  }
  return false
}

function childrenOf(rows: readonly PlacedRow[]) {
  const roots: PlacedRow[] = []
  const below = new Map<PlacedRow, PlacedRow[]>()
  /** The last row of each depth. */
  const open: PlacedRow[] = []
  for (const row of rows) {
    const parent = open[row.depth - 1]
    if (!parent) roots.push(row)
    else if (below.get(parent)?.push(row) === undefined) below.set(parent, [row])
    open[row.depth] = row
  }
  return { roots, below }
}

/** The siblings, with one row for each run. */
function grouped(siblings: readonly PlacedRow[]): readonly PlacedRow[] {
  if (siblings.length < LEAST_RUN) return siblings
  const found: PlacedRow[] = []
  /** Like siblings, with the log records between them. */
  let open: PlacedRow[] = []
  let last: PlacedRow | undefined
  const close = () => {
    const [logs, members] = [open.filter(isLog), open.filter((row) => !isLog(row))]
    if (members.length < LEAST_RUN) found.push(...open)
    else found.push(runOf(members), ...logs)
    open = []
  }
  for (const row of siblings) {
    if (!isLog(row)) {
      if (!last || !isLike(last, row)) close()
      last = row
    }
    open.push(row)
  }
  close()
  return found
}

function isLog({ kind }: PlacedRow): boolean {
  return kind === 'log'
}

function isLike(a: PlacedRow, b: PlacedRow): boolean {
  return (
    a.label === b.label &&
    a.kind === b.kind &&
    a.service === b.service &&
    a.note === b.note &&
    a.detail?.shape === b.detail?.shape
  )
}

function runOf(members: readonly PlacedRow[]): PlacedRow {
  const [first] = members as [PlacedRow]
  const lengths = members.map(({ startMs, endMs }) => endMs - startMs)
  const run = {
    members,
    totalMs: lengths.reduce((sum, ms) => sum + ms, 0),
    maxMs: lengths.reduce((most, ms) => Math.max(most, ms), 0),
    errors: members.filter(({ isError }) => isError).length,
  }
  return {
    ...first,
    key: `run-${first.key}`,
    id: '',
    kind: 'run',
    label: `${count(members.length)} × ${titleOf(first)}`,
    endMs: members.reduce((last, { endMs }) => Math.max(last, endMs), first.endMs),
    isError: false,
    isInProgress: members.some(({ isInProgress }) => isInProgress),
    marks: [],
    hasChildren: true,
    run,
  }
}

/** What a record did; its name where nothing more is known. */
export function titleOf({ label, detail }: Pick<Row, 'label' | 'detail'>): string {
  return detail?.title || label
}

/** Runs are closed and all other rows open, unless the key is in `toggled`. */
export function isOpen({ kind, key }: PlacedRow, toggled: ReadonlySet<string>): boolean {
  return (kind === 'run') === toggled.has(key)
}

/** The rows that are not below a closed one. */
export function visibleRows(all: readonly PlacedRow[], toggled: ReadonlySet<string>): PlacedRow[] {
  let closedDepth = Number.POSITIVE_INFINITY
  return all.filter((row) => {
    if (row.depth > closedDepth) return false
    closedDepth = isOpen(row, toggled) ? Number.POSITIVE_INFINITY : row.depth
    return true
  })
}

/** `toggled` with each row open that has a wanted row below it. The same set, if they are open. */
export function revealing(
  all: readonly PlacedRow[],
  toggled: ReadonlySet<string>,
  isWanted: (row: PlacedRow) => boolean,
): ReadonlySet<string> {
  const next = new Set(toggled)
  /** The last row of each depth, and whether it and the rows above it are known to be open. */
  const path: { readonly row: PlacedRow; isDone: boolean }[] = []
  let isChanged = false
  for (const row of all) {
    path.length = row.depth
    if (isWanted(row)) {
      for (const above of path.toReversed()) {
        if (above.isDone) break
        above.isDone = true
        if (isOpen(above.row, next)) continue
        if (!next.delete(above.row.key)) next.add(above.row.key)
        isChanged = true
      }
    }
    path.push({ row, isDone: false })
  }
  return isChanged ? next : toggled
}
