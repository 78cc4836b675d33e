import type { BucketRun, ExplicitBuckets, ExponentialBuckets } from '../time-series.ts'
import { exponentialBound, isExponential } from './amounts.ts'

/** Values spread evenly between two edges, on a linear or on a logarithmic scale; `lo` = `hi` is one value. */
interface Piece {
  readonly lo: number
  readonly hi: number
  readonly count: number
  readonly isLogarithmic: boolean
}

/**
 * Buckets added up, as weights. Explicit buckets with the same bounds, and exponential ones of the same scale, are one set.
 */
export class Distribution {
  readonly #explicit = new Map<string, { readonly bounds: readonly number[]; readonly counts: number[] }>()
  readonly #exponential = new Map<
    number,
    { readonly positive: Map<number, number>; readonly negative: Map<number, number> }
  >()
  readonly #zeros = new Map<number, number>()

  /** Adds `share` of the counts. */
  add(buckets: ExplicitBuckets | ExponentialBuckets, share: number): void {
    if (isExponential(buckets)) this.#addExponential(buckets, share)
    else this.#addExplicit(buckets, share)
  }

  #addExponential(buckets: ExponentialBuckets, share: number): void {
    if (buckets.zeroCount > 0) {
      const known = this.#zeros.get(buckets.zeroThreshold) ?? 0
      this.#zeros.set(buckets.zeroThreshold, known + buckets.zeroCount * share)
    }
    const set = this.#exponential.get(buckets.scale) ?? { positive: new Map(), negative: new Map() }
    this.#exponential.set(buckets.scale, set)
    addRun(set.positive, buckets.positive, share)
    addRun(set.negative, buckets.negative, share)
  }

  #addExplicit({ bounds, counts }: ExplicitBuckets, share: number): void {
    // Without bounds there is one bucket from minus to plus infinity, which says nothing about the values.
    if (bounds.length === 0) return
    const key = keyOf(bounds)
    const set = this.#explicit.get(key) ?? { bounds, counts: new Array<number>(bounds.length + 1).fill(0) }
    this.#explicit.set(key, set)
    for (const [index, count] of counts.entries())
      set.counts[index] = (set.counts[index] ?? 0) + count * share
  }

  /** The bounds of the explicit buckets, if they are all that there is. */
  get onlyBounds(): readonly number[] | undefined {
    const [first, ...others] = this.#explicit.values()
    return first && others.length === 0 && this.#exponential.size === 0 && this.#zeros.size === 0
      ? first.bounds
      : undefined
  }

  /** Buckets that have a count, by their lower edges. */
  pieces(): Piece[] {
    const pieces: Piece[] = []
    const add = (lo: number, hi: number, count: number | undefined, isLogarithmic: boolean) => {
      if (count !== undefined && count > 0) pieces.push({ lo, hi, count, isLogarithmic })
    }
    for (const { bounds, counts } of this.#explicit.values()) {
      const [lowest = 0] = bounds
      const last = bounds.at(-1) ?? 0
      add(Math.min(0, lowest), lowest, counts[0], false)
      for (let index = 1; index < bounds.length; index++) {
        add(bounds[index - 1] as number, bounds[index] as number, counts[index], false)
      }
      add(last, last, counts[bounds.length], false)
    }
    for (const [threshold, count] of this.#zeros) add(-threshold, threshold, count, false)
    for (const [scale, { positive, negative }] of this.#exponential) {
      const edges = (index: number) =>
        [exponentialBound(index, scale), exponentialBound(index + 1, scale)] as const
      for (const [index, count] of positive) add(...edges(index), count, true)
      for (const [index, count] of negative) {
        const [lo, hi] = edges(index)
        add(-hi, -lo, count, true)
      }
    }
    return pieces.sort((a, b) => a.lo - b.lo || a.hi - b.hi)
  }
}

/** The points of a series share their list of bounds, and writing it out costs more than adding the counts. */
const KEYS = new WeakMap<readonly number[], string>()

function keyOf(bounds: readonly number[]): string {
  let key = KEYS.get(bounds)
  if (key === undefined) {
    key = bounds.join()
    KEYS.set(bounds, key)
  }
  return key
}

function addRun(into: Map<number, number>, { offset, counts }: BucketRun, share: number): void {
  for (const [index, count] of counts.entries()) {
    if (count > 0) into.set(offset + index, (into.get(offset + index) ?? 0) + count * share)
  }
}

/** The least numbers at or below which these shares of all values lie; null without values. */
export function percentilesOf(pieces: readonly Piece[], shares: readonly number[]): (number | null)[] {
  const total = pieces.reduce((sum, { count }) => sum + count, 0)
  if (!(total > 0)) return shares.map(() => null)
  const isDisjoint = pieces.every(({ lo }, index) => index === 0 || lo >= (pieces[index - 1] as Piece).hi)
  const find = isDisjoint ? findInOrder : findAmongAll
  return shares.map((share) => find(pieces, share * total))
}

/** For pieces that do not overlap: goes through them until it has seen enough values. */
function findInOrder(pieces: readonly Piece[], wanted: number): number {
  let seen = 0
  for (const piece of pieces) {
    if (seen + piece.count >= wanted) return valueAt(piece, (wanted - seen) / piece.count)
    seen += piece.count
  }
  return pieces.at(-1)?.hi ?? 0
}

/** For pieces that overlap: finds the two edges between which the wanted value lies, and halves that interval. */
function findAmongAll(pieces: readonly Piece[], wanted: number): number {
  const edges = [...new Set(pieces.flatMap(({ lo, hi }) => [lo, hi]))].sort((a, b) => a - b)
  let low = 0
  let high = edges.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (countUpTo(pieces, edges[middle] as number) >= wanted) high = middle
    else low = middle + 1
  }
  const top = edges[low] as number
  if (low === 0 || countBelow(pieces, top) <= wanted) return top
  let [from, to] = [edges[low - 1] as number, top]
  for (;;) {
    const middle = from + (to - from) / 2
    if (middle <= from || middle >= to) return to
    if (countUpTo(pieces, middle) >= wanted) to = middle
    else from = middle
  }
}

/** How many values are at most `value`. */
export function countUpTo(pieces: readonly Piece[], value: number): number {
  return pieces.reduce((sum, piece) => sum + piece.count * shareBelow(piece, value, piece.lo <= value), 0)
}

/** How many values are less than `value`. */
export function countBelow(pieces: readonly Piece[], value: number): number {
  return pieces.reduce((sum, piece) => sum + piece.count * shareBelow(piece, value, piece.lo < value), 0)
}

/** `ifPoint`: whether a piece that is one value counts. */
function shareBelow({ lo, hi, isLogarithmic }: Piece, value: number, ifPoint: boolean): number {
  if (lo === hi) return ifPoint ? 1 : 0
  if (value <= lo) return 0
  if (value >= hi) return 1
  if (!isLogarithmic) return (value - lo) / (hi - lo)
  return Math.log(value / lo) / Math.log(hi / lo)
}

/** The value below which this share of a piece lies. */
function valueAt({ lo, hi, isLogarithmic }: Piece, share: number): number {
  if (share >= 1 || lo === hi) return hi
  if (share <= 0) return lo
  return isLogarithmic ? lo * (hi / lo) ** share : lo + (hi - lo) * share
}
