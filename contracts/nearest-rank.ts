/**
 * The smallest value that at least this share (0 to 1) of the values does not exceed: the percentile by nearest rank, which is
 * always one of the values. NaN for no values. Source: https://en.wikipedia.org/wiki/Percentile#The_nearest-rank_method
 */
export function nearestRank(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN
}
