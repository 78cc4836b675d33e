import type {
  BucketRun,
  ExplicitBuckets,
  ExponentialBuckets,
  HistogramPoint,
  NumberPoint,
  SummaryPoint,
} from '../time-series.ts'
import type { AmountReader } from './increases.ts'

/** What a histogram or a summary counted. `sum` is undefined where it was not sent. */
export interface CountedAmount {
  readonly count: number
  readonly sum: number | undefined
  /** Undefined for a summary. */
  readonly buckets: ExplicitBuckets | ExponentialBuckets | undefined
}

export const numberReader: AmountReader<NumberPoint, number> = {
  whole: ({ value }) => (Number.isFinite(value) ? value : undefined),
  difference: (later, earlier) => (later < earlier ? undefined : later - earlier),
}

export const countedReader: AmountReader<HistogramPoint | SummaryPoint, CountedAmount> = {
  whole(point) {
    if (!Number.isFinite(point.count)) return undefined
    const sum = point.sum !== undefined && Number.isFinite(point.sum) ? point.sum : undefined
    return { count: point.count, sum, buckets: 'buckets' in point ? point.buckets : undefined }
  },
  difference(later, earlier) {
    if (later.count < earlier.count) return undefined
    const buckets = later.buckets && earlier.buckets && bucketDifference(later.buckets, earlier.buckets)
    if (later.buckets && !buckets) return undefined
    const sum = later.sum === undefined || earlier.sum === undefined ? undefined : later.sum - earlier.sum
    return { count: later.count - earlier.count, sum, buckets }
  },
}

export function isExponential(buckets: ExplicitBuckets | ExponentialBuckets): buckets is ExponentialBuckets {
  return 'scale' in buckets
}

/** Undefined if a bucket got smaller, or if the buckets cannot be compared. */
function bucketDifference(
  later: ExplicitBuckets | ExponentialBuckets,
  earlier: ExplicitBuckets | ExponentialBuckets,
): ExplicitBuckets | ExponentialBuckets | undefined {
  if (isExponential(later)) return isExponential(earlier) ? exponentialDifference(later, earlier) : undefined
  if (isExponential(earlier)) return undefined
  const { bounds } = later
  if (bounds.length !== earlier.bounds.length) return undefined
  if (bounds.some((bound, index) => bound !== earlier.bounds[index])) return undefined
  const counts = differences(later.counts, earlier.counts)
  return counts && { bounds, counts }
}

function exponentialDifference(
  laterRaw: ExponentialBuckets,
  earlierRaw: ExponentialBuckets,
): ExponentialBuckets | undefined {
  const scale = Math.min(laterRaw.scale, earlierRaw.scale)
  const zeroThreshold = Math.max(laterRaw.zeroThreshold, earlierRaw.zeroThreshold)
  const later = widenZero(downscale(laterRaw, scale), zeroThreshold)
  const earlier = widenZero(downscale(earlierRaw, scale), zeroThreshold)
  if (later.zeroCount < earlier.zeroCount) return undefined
  const positive = runDifference(later.positive, earlier.positive)
  const negative = runDifference(later.negative, earlier.negative)
  if (!positive || !negative) return undefined
  return { scale, zeroThreshold, zeroCount: later.zeroCount - earlier.zeroCount, positive, negative }
}

/** The same values at a smaller scale, whose buckets hold 2^(difference) of the larger scale's. */
function downscale(buckets: ExponentialBuckets, scale: number): ExponentialBuckets {
  const by = buckets.scale - scale
  if (by <= 0) return buckets
  return { ...buckets, scale, positive: merge(buckets.positive, by), negative: merge(buckets.negative, by) }
}

function merge({ offset, counts }: BucketRun, by: number): BucketRun {
  if (counts.length === 0) return { offset: 0, counts }
  // Scales are from -10 to 20, but a sender may claim any: beyond 2^31 all buckets of one sign fall together.
  const width = 2 ** Math.min(by, 40)
  const first = Math.floor(offset / width)
  const merged = new Array<number>(Math.floor((offset + counts.length - 1) / width) - first + 1).fill(0)
  for (const [index, count] of counts.entries()) {
    const to = Math.floor((offset + index) / width) - first
    merged[to] = (merged[to] ?? 0) + count
  }
  return { offset: first, counts: merged }
}

/** Counts the buckets that begin inside the threshold as zeros. */
function widenZero(buckets: ExponentialBuckets, zeroThreshold: number): ExponentialBuckets {
  if (zeroThreshold <= buckets.zeroThreshold) return buckets
  const isInside = (index: number) => exponentialBound(index, buckets.scale) < zeroThreshold
  let zeroCount = buckets.zeroCount
  const cut = ({ offset, counts }: BucketRun): BucketRun => {
    let inside = 0
    while (inside < counts.length && isInside(offset + inside)) zeroCount += counts[inside++] ?? 0
    return { offset: offset + inside, counts: counts.slice(inside) }
  }
  const positive = cut(buckets.positive)
  const negative = cut(buckets.negative)
  return { scale: buckets.scale, zeroThreshold, zeroCount, positive, negative }
}

/** The lower bound of a positive bucket, kept within the finite positive numbers. */
export function exponentialBound(index: number, scale: number): number {
  const bound = 2 ** (index * 2 ** -scale)
  return Math.min(Number.MAX_VALUE, Math.max(Number.MIN_VALUE, bound))
}

function runDifference(later: BucketRun, earlier: BucketRun): BucketRun | undefined {
  const counts = [...later.counts]
  for (const [index, count] of earlier.counts.entries()) {
    if (count === 0) continue
    const at = earlier.offset + index - later.offset
    const left = (counts[at] ?? 0) - count
    if (left < 0) return undefined
    counts[at] = left
  }
  return { offset: later.offset, counts }
}

function differences(later: readonly number[], earlier: readonly number[]): number[] | undefined {
  const result = later.map((count, index) => count - (earlier[index] ?? 0))
  return result.some((count) => count < 0) ? undefined : result
}
