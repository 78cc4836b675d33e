import type { CheckDeadline } from '../../read-thread/deadline.ts'
import type { CellNumbers } from './groups.ts'
import type { Buckets } from './selected-events.ts'

/** Events between two checks of the deadline. */
const CHECK_EVERY = 1 << 16

/** What CONCURRENCY goes over. Lists are parallel; a bucket is one of time. */
export interface Intervals {
  /** Epoch ms. */
  readonly startsMs: Float64Array
  /** NaN for an event without a duration, which counts as 0. */
  readonly durationsMs: Float64Array
  /** Sample rates. */
  readonly weights: Float64Array
  /** 1 for the events to count; undefined for all. */
  readonly mask: Uint8Array | undefined
  readonly groupIds: Uint32Array
  readonly groupCount: number
  readonly check: CheckDeadline
}

/** The time that is asked about, epoch ms. */
export interface Interval {
  readonly fromMs: number
  readonly toMs: number
}

/**
 * How many events were in progress, on average over the time, by group: the share of the time that each event covers, added
 * up and weighted by the sample rates.
 *
 * Source: https://docs.honeycomb.io/investigate/query/build/visualize-concurrency
 */
export function concurrencyOfGroups(intervals: Intervals, { fromMs, toMs }: Interval): Float64Array {
  const totals = new Float64Array(intervals.groupCount)
  eachInterval(intervals, (id, startMs, endMs, weight) => {
    const coveredMs = Math.min(endMs, toMs) - Math.max(startMs, fromMs)
    if (coveredMs > 0) totals[id] = (totals[id] as number) + (weight * coveredMs) / (toMs - fromMs)
  })
  return totals
}

/**
 * The same for each bucket of time, also for buckets in which no event begins. The buckets between an event's first and
 * last one are not visited: a sum over the differences from one bucket to the next counts them.
 */
export function concurrencyOfBuckets(
  intervals: Intervals,
  { fromMs, toMs }: Interval,
  { firstMs, widthMs, count }: Buckets,
): CellNumbers {
  const bucketOf = (ms: number) => Math.min(count - 1, Math.max(0, Math.floor((ms - firstMs) / widthMs)))
  const beginOf = (bucket: number) => Math.max(fromMs, firstMs + bucket * widthMs)
  const finishOf = (bucket: number) => Math.min(toMs, firstMs + (bucket + 1) * widthMs)
  // By group and bucket: what events cover of their first and last bucket, and how many cover a whole one, as differences.
  const cells = intervals.groupCount * count
  const partly = new Float64Array(cells)
  const wholeWeights = new Float64Array(cells)
  const wholeCounts = new Int32Array(cells)
  const cover = (cell: number, bucket: number, startMs: number, endMs: number, weight: number) => {
    const coveredMs = Math.min(endMs, finishOf(bucket)) - Math.max(startMs, beginOf(bucket))
    if (coveredMs <= 0) return
    const share = coveredMs / (finishOf(bucket) - beginOf(bucket))
    partly[cell] = (partly[cell] as number) + weight * share
  }
  eachInterval(intervals, (id, startMs, endMs, weight) => {
    const [first, last] = [bucketOf(startMs), bucketOf(endMs)]
    const cell = id * count
    cover(cell + first, first, startMs, endMs, weight)
    if (last === first) return
    cover(cell + last, last, startMs, endMs, weight)
    if (last === first + 1) return
    wholeWeights[cell + first + 1] = (wholeWeights[cell + first + 1] as number) + weight
    wholeWeights[cell + last] = (wholeWeights[cell + last] as number) - weight
    wholeCounts[cell + first + 1] = (wholeCounts[cell + first + 1] as number) + 1
    wholeCounts[cell + last] = (wholeCounts[cell + last] as number) - 1
  })
  const numbers: CellNumbers = new Map()
  let weight = 0
  let events = 0
  for (let cell = 0; cell < cells; cell++) {
    if (cell % count === 0) weight = events = 0
    events += wholeCounts[cell] as number
    // Exactly 0 again, whatever the rounding of weights that are no whole numbers.
    weight = events === 0 ? 0 : weight + (wholeWeights[cell] as number)
    const number = (partly[cell] as number) + weight
    if (number > 0) numbers.set(cell, number)
  }
  return numbers
}

function eachInterval(
  { startsMs, durationsMs, weights, mask, groupIds, check }: Intervals,
  visit: (groupId: number, startMs: number, endMs: number, weight: number) => void,
): void {
  for (let index = 0; index < startsMs.length; index++) {
    if (index % CHECK_EVERY === 0) check()
    const duration = durationsMs[index] as number
    if (!(duration > 0) || (mask !== undefined && mask[index] !== 1)) continue
    const startMs = startsMs[index] as number
    visit(groupIds[index] as number, startMs, startMs + duration, weights[index] as number)
  }
}
