import type { CellNumbers } from './group-values.ts'
import type { Buckets } from './selected-events.ts'

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
}

/** The time that is asked about, epoch ms. */
export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

/**
 * How many events were in progress, on average over the time, by group: the share of the time that each event covers, added
 * up and weighted by the sample rates.
 *
 * Source: https://docs.honeycomb.io/investigate/query/build/visualize-concurrency
 */
export function concurrencyOfGroups(intervals: Intervals, { fromMs, toMs }: Span): Float64Array {
  const totals = new Float64Array(intervals.groupCount)
  eachInterval(intervals, (id, startMs, endMs, weight) => {
    const coveredMs = Math.min(endMs, toMs) - Math.max(startMs, fromMs)
    if (coveredMs > 0) totals[id] = (totals[id] as number) + (weight * coveredMs) / (toMs - fromMs)
  })
  return totals
}

/** The same for each bucket of time, also for buckets in which no event begins. */
export function concurrencyOfBuckets(
  intervals: Intervals,
  { fromMs, toMs }: Span,
  buckets: Buckets,
): CellNumbers {
  const totals: CellNumbers = new Map()
  eachInterval(intervals, (id, startMs, endMs, weight) => {
    const first = Math.floor((startMs - buckets.firstMs) / buckets.widthMs)
    const lastMs = Math.min(endMs, toMs)
    for (let bucket = Math.max(0, first); bucket < buckets.count; bucket++) {
      const beginMs = Math.max(fromMs, buckets.firstMs + bucket * buckets.widthMs)
      if (beginMs >= lastMs) break
      const finishMs = Math.min(toMs, buckets.firstMs + (bucket + 1) * buckets.widthMs)
      const coveredMs = Math.min(lastMs, finishMs) - Math.max(startMs, beginMs)
      if (coveredMs <= 0) continue
      const key = id * buckets.count + bucket
      totals.set(key, (totals.get(key) ?? 0) + (weight * coveredMs) / (finishMs - beginMs))
    }
  })
  return totals
}

function eachInterval(
  { startsMs, durationsMs, weights, mask, groupIds }: Intervals,
  visit: (groupId: number, startMs: number, endMs: number, weight: number) => void,
): void {
  for (let index = 0; index < startsMs.length; index++) {
    const duration = durationsMs[index] as number
    if (!(duration > 0) || (mask !== undefined && mask[index] !== 1)) continue
    const startMs = startsMs[index] as number
    visit(groupIds[index] as number, startMs, startMs + duration, weights[index] as number)
  }
}
