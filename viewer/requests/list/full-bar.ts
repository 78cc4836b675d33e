/** The bars reach so many times beyond the 95th percentile. */
const MAX_TIMES_P95 = 10

/**
 * What a full bar stands for, ms: the longest of all requests that match, unless that is so far from the others that their
 * bars could not be seen. Longer bars are cut, and marked.
 */
export function fullBarMs({
  p95Ms,
  longestMs,
}: {
  readonly p95Ms: number
  readonly longestMs: number
}): number {
  return Math.max(1, Math.min(longestMs, MAX_TIMES_P95 * Math.max(p95Ms, 1)))
}
