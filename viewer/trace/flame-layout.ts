import type { PlacedRow } from '../../analysis/trace/rows.ts'

/** One span or segment in the flame graph. */
export interface Frame {
  readonly row: PlacedRow
  /** The line of the drawing, from 0 at the top. */
  readonly level: number
  readonly parent: Frame | undefined
  /** By start. */
  readonly children: readonly Frame[]
}

export interface Flame {
  /** In the order of the rows. */
  readonly frames: readonly Frame[]
  readonly roots: readonly Frame[]
  /** The frames of each level by start, of which no two share a moment. */
  readonly levels: readonly (readonly Frame[])[]
}

/** A frame while it is being placed. Its subtree fills one rectangle: a range of time and some levels. */
interface Subtree {
  readonly row: PlacedRow
  readonly parent: Subtree | undefined
  readonly children: Subtree[]
  level: number
  fromMs: number
  toMs: number
  /** Levels. */
  height: number
  /** Levels between the parent and this subtree. */
  offset: number
}

/**
 * Places rows as frames. A child is below its parent. The subtrees of siblings that overlap in time are in lanes below each
 * other, so that no frame hides another. `rows` are a tree as `placeRows` orders it, none of them folded; log records are
 * left out.
 */
export function layOutFlame(rows: readonly PlacedRow[]): Flame {
  const subtrees = subtreesOf(rows)
  const roots = subtrees.filter(({ parent }) => !parent)
  // Children come after their parents.
  for (const subtree of subtrees.toReversed()) {
    for (const { fromMs, toMs } of subtree.children) {
      subtree.fromMs = Math.min(subtree.fromMs, fromMs)
      subtree.toMs = Math.max(subtree.toMs, toMs)
    }
    subtree.height = 1 + placeInLanes(subtree.children)
  }
  const height = placeInLanes(roots)
  const levels = Array.from({ length: height }, (): Subtree[] => [])
  for (const subtree of subtrees) {
    subtree.level = subtree.offset + (subtree.parent ? subtree.parent.level + 1 : 0)
    levels[subtree.level]?.push(subtree)
  }
  for (const level of levels) level.sort((a, b) => a.row.startMs - b.row.startMs)
  return { frames: subtrees, roots, levels }
}

function subtreesOf(rows: readonly PlacedRow[]): Subtree[] {
  const subtrees: Subtree[] = []
  /** The last subtree of each depth. */
  const open: Subtree[] = []
  for (const row of rows) {
    if (row.kind === 'log') continue
    const parent = open[row.depth - 1]
    const { startMs: fromMs, endMs: toMs } = row
    const subtree: Subtree = { row, parent, children: [], level: 0, fromMs, toMs, height: 1, offset: 0 }
    parent?.children.push(subtree)
    open[row.depth] = subtree
    open.length = row.depth + 1
    subtrees.push(subtree)
  }
  return subtrees
}

/** Sets the offset of each sibling's subtree: the first lane that is free. Returns the height of all lanes together. */
function placeInLanes(siblings: readonly Subtree[]): number {
  const lanes: { height: number; readonly members: Subtree[] }[] = []
  /** Until when each lane is occupied. A list of numbers, because thousands of lanes are searched for each sibling. */
  const untilMs: number[] = []
  for (const subtree of siblings.toSorted((a, b) => a.fromMs - b.fromMs)) {
    let free = 0
    while (free < untilMs.length && (untilMs[free] as number) > subtree.fromMs) free++
    // Two records without a duration may share a moment, and would hide each other.
    const isPoint = subtree.fromMs === subtree.toMs
    untilMs[free] = isPoint ? nextAfter(subtree.toMs) : subtree.toMs
    const lane = lanes[free]
    if (lane) {
      lane.height = Math.max(lane.height, subtree.height)
      lane.members.push(subtree)
    } else lanes.push({ height: subtree.height, members: [subtree] })
  }
  let offset = 0
  for (const { height, members } of lanes) {
    for (const subtree of members) subtree.offset = offset
    offset += height
  }
  return offset
}

/** A number just above. */
function nextAfter(value: number): number {
  return value + Math.max(Math.abs(value) * Number.EPSILON, Number.MIN_VALUE)
}

/** The frame of a level at a moment, else the nearest one within `toleranceMs`. */
export function frameAt(flame: Flame, level: number, atMs: number, toleranceMs: number): Frame | undefined {
  const frames = flame.levels[level] ?? []
  let [low, high] = [0, frames.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((frames[middle]?.row.startMs ?? 0) <= atMs) low = middle + 1
    else high = middle
  }
  const [before, after] = [frames[low - 1], frames[low]]
  const beforeMs = before ? Math.max(0, atMs - before.row.endMs) : Number.POSITIVE_INFINITY
  const afterMs = after ? after.row.startMs - atMs : Number.POSITIVE_INFINITY
  const nearest = beforeMs <= afterMs ? before : after
  return Math.min(beforeMs, afterMs) <= toleranceMs ? nearest : undefined
}

export type Direction = 'parent' | 'child' | 'previous' | 'next'

/** The parent, the first child, or the neighbour among the siblings; undefined where there is none. */
export function neighbour(flame: Flame, frame: Frame, direction: Direction): Frame | undefined {
  if (direction === 'parent') return frame.parent
  if (direction === 'child') return frame.children[0]
  const siblings = siblingsOf(flame, frame)
  return siblings[siblings.indexOf(frame) + (direction === 'next' ? 1 : -1)]
}

/** Including itself, by start. */
export function siblingsOf(flame: Flame, { parent }: Frame): readonly Frame[] {
  return parent?.children ?? flame.roots
}
