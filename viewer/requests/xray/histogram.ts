import { nearestRank } from '../../../contracts/nearest-rank.ts'
import type { ResponseTime } from '../../../contracts/sandbox/xray-filter.ts'

/** A bar: requests that took at least `fromS` and less than `toS` seconds. */
export interface Bucket {
  readonly fromS: number
  readonly toS: number
  readonly requests: number
  readonly failed: number
}

/** Renard numbers (ISO 3): equal steps on a logarithmic axis, and easy to read in an expression. */
const STEPS = [1, 1.25, 1.6, 2, 2.5, 3.15, 4, 5, 6.3, 8]
/** Less than this is drawn as this. s */
const LEAST_S = 1e-6
/** At least so many bars, so that equal times do not fill the drawing. */
const MIN_BUCKETS = 20

/** Bars of equal width on a logarithmic axis, from the fastest to the slowest request. */
export function bucketsOf(times: readonly ResponseTime[]): Bucket[] {
  if (times.length === 0) return []
  const indexes = times.map(([seconds]) => indexOf(seconds))
  const least = indexes.reduce((low, index) => Math.min(low, index))
  const most = indexes.reduce((high, index) => Math.max(high, index))
  const missing = Math.max(0, MIN_BUCKETS - (most - least + 1))
  const first = least - Math.floor(missing / 2)
  const counts = Array.from({ length: most - least + 1 + missing }, () => ({ requests: 0, failed: 0 }))
  for (const [at, index] of indexes.entries()) {
    const count = counts[index - first]
    if (!count) continue
    count.requests++
    count.failed += times[at]?.[1] ?? 0
  }
  return counts.map((count, index) => ({
    fromS: edge(first + index),
    toS: edge(first + index + 1),
    ...count,
  }))
}

/** The smallest time that at least this share of the requests did not exceed. s */
export function percentile(times: readonly ResponseTime[], share: number): number {
  const sorted = times.map(([seconds]) => seconds).toSorted((a, b) => a - b)
  return sorted.length === 0 ? 0 : nearestRank(sorted, share)
}

/** The edge of a bar. s */
function edge(index: number): number {
  const decade = Math.floor(index / STEPS.length)
  return Number(`${STEPS[index - decade * STEPS.length]}e${decade}`)
}

function indexOf(seconds: number): number {
  const size = Math.max(seconds, LEAST_S)
  let index = Math.floor(Math.log10(size) * STEPS.length)
  while (edge(index) > size) index--
  while (edge(index + 1) <= size) index++
  return index
}
