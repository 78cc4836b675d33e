import { APART_MS, distanceOf, isAlike } from './alike.ts'
import type { ServerWork } from './server-work.ts'

/** The second best must be this many times as far apart, and by this much further (ms), or it could be the one as well. */
const RIVAL_TIMES = 3
const RIVAL_MS = 2

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
  /** Pairs that are alike where others are nearly as alike, of traces without a pair. */
  readonly unclear: readonly Pair[]
}

/** Pairs server spans with segments, each at most once. */
export function pairUp(spans: readonly OwnedWork[], segments: readonly OwnedWork[]): Pairs {
  const alike = alikePairs(spans, segments)
  const best = new Map<OwnedWork, Pair>()
  const second = new Map<OwnedWork, Pair>()
  for (const pair of alike) {
    for (const work of [pair.span, pair.segment]) {
      if (!best.has(work)) best.set(work, pair)
      else if (!second.has(work)) second.set(work, pair)
    }
  }
  const isClear = (pair: Pair, work: OwnedWork) => best.get(work) === pair && !isRival(second.get(work), pair)
  const pairs = alike.filter((pair) => isClear(pair, pair.span) && isClear(pair, pair.segment))
  const paired = new Set(pairs.flatMap(({ span, segment }) => [span.slot, segment.slot]))
  const unclear = alike.filter(({ span, segment }) => !paired.has(span.slot) && !paired.has(segment.slot))
  return { pairs, unclear }
}

function isRival(second: Pair | undefined, { distance }: Pair): boolean {
  if (!second) return false
  return second.distance < distance * RIVAL_TIMES || second.distance < distance + RIVAL_MS
}

/** Nearest first. */
function alikePairs(spans: readonly OwnedWork[], segments: readonly OwnedWork[]): Pair[] {
  const keyOf = ({ method, path }: ServerWork) => `${method} ${path}`
  const byStart = segments.toSorted((a, b) => a.startMs - b.startMs)
  const byRequest = Map.groupBy(byStart, keyOf)
  const found: Pair[] = []
  for (const span of spans) {
    const like = byRequest.get(keyOf(span)) ?? []
    for (let at = firstFrom(like, span.startMs - APART_MS); at < like.length; at++) {
      const segment = like[at] as OwnedWork
      if (segment.startMs > span.startMs + APART_MS) break
      if (isAlike(span, segment)) found.push({ span, segment, distance: distanceOf(span, segment) })
    }
  }
  return found.sort((a, b) => a.distance - b.distance)
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
