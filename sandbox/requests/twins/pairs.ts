import { APART_MS, distanceOf, isAlike } from './alike.ts'
import type { ServerWork } from './server-work.ts'

/** The second best must be this many times as far apart, and by this much further (ms), or it could be the one as well. */
const RIVAL_TIMES = 3
const RIVAL_MS = 2

/**
 * Segments that a span is compared with. Where more of its route begin about then, no one could be told from the others, and
 * all of them with each other would be too many.
 */
const MAX_NEAR = 32

/** Work of a trace. */
export interface OwnedWork extends ServerWork {
  /** Of the trace. */
  readonly slot: number
}

export interface Pair {
  readonly span: OwnedWork
  readonly segment: OwnedWork
  /** ms */
  readonly distance: number
}

export interface Pairs {
  /** Of which each is clearly the nearest one of the other. Nearest first. */
  readonly pairs: readonly Pair[]
  /** The slots of pairs that are alike where others are nearly as alike, of traces without a pair; in no order. */
  readonly unclear: Iterable<SlotPair>
}

interface SlotPair {
  readonly span: OwnedWork
  readonly segment: OwnedWork
}

/** Pairs server spans with segments, each at most once. */
export function pairUp(spans: readonly OwnedWork[], segments: readonly OwnedWork[]): Pairs {
  const nearOf = segmentsNear(segments)
  const best = new Map<OwnedWork, Pair>()
  const second = new Map<OwnedWork, Pair>()
  for (const span of spans) {
    const { near, isCrowded } = nearOf(span)
    if (isCrowded) continue
    for (const segment of near) {
      if (!isAlike(span, segment)) continue
      const pair = { span, segment, distance: distanceOf(span, segment) }
      for (const work of [span, segment]) place(pair, work, best, second)
    }
  }
  const isClear = (pair: Pair, work: OwnedWork) => best.get(work) === pair && !isRival(second.get(work), pair)
  const pairs = spans
    .flatMap((span) => best.get(span) ?? [])
    .filter((pair) => isClear(pair, pair.span) && isClear(pair, pair.segment))
    .sort((a, b) => a.distance - b.distance)
  return { pairs, unclear: unclearOf(spans, nearOf, pairs) }
}

function* unclearOf(
  spans: readonly OwnedWork[],
  nearOf: ReturnType<typeof segmentsNear>,
  pairs: readonly Pair[],
): Generator<SlotPair> {
  const paired = new Set(pairs.flatMap(({ span, segment }) => [span.slot, segment.slot]))
  for (const span of spans) {
    if (paired.has(span.slot)) continue
    for (const segment of nearOf(span).near) {
      if (!paired.has(segment.slot) && isAlike(span, segment)) yield { span, segment }
    }
  }
}

/** Keeps the two nearest pairs of a piece of work. */
function place(pair: Pair, work: OwnedWork, best: Map<OwnedWork, Pair>, second: Map<OwnedWork, Pair>): void {
  const first = best.get(work)
  if (!first || pair.distance < first.distance) {
    best.set(work, pair)
    if (first) second.set(work, first)
  } else if (pair.distance < (second.get(work)?.distance ?? Number.POSITIVE_INFINITY)) second.set(work, pair)
}

function isRival(second: Pair | undefined, { distance }: Pair): boolean {
  if (!second) return false
  return second.distance < distance * RIVAL_TIMES || second.distance < distance + RIVAL_MS
}

/** Finds the segments of a span's method and path that begin about when it does; of too many, some. */
function segmentsNear(segments: readonly OwnedWork[]) {
  const keyOf = ({ method, path }: ServerWork) => `${method} ${path}`
  const byStart = segments.toSorted((a, b) => a.startMs - b.startMs)
  const byRequest = Map.groupBy(byStart, keyOf)
  return (span: OwnedWork): { readonly near: readonly OwnedWork[]; readonly isCrowded: boolean } => {
    const like = byRequest.get(keyOf(span)) ?? []
    const from = firstFrom(like, span.startMs - APART_MS)
    const near = like.slice(from, from + MAX_NEAR)
    const after = like[from + MAX_NEAR]
    const isCrowded = after !== undefined && after.startMs <= span.startMs + APART_MS
    return { near: near.filter(({ startMs }) => startMs <= span.startMs + APART_MS), isCrowded }
  }
}

/** The index of the first one that starts at `fromMs` or later. They are ordered by start */
function firstFrom(work: readonly OwnedWork[], fromMs: number): number {
  let [low, high] = [0, work.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((work[middle] as OwnedWork).startMs < fromMs) low = middle + 1
    else high = middle
  }
  return low
}
