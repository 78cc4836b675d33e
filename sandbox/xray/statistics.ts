import type { Segment } from './segment.ts'

/** Significant digits of a histogram's buckets, which bounds their number. */
const DIGITS = 2

/**
 * Counts requests as X-Ray's service graph does: each is ok, an error (the client's), of which some are throttled, or
 * a fault (the service's).
 *
 * Source: https://docs.aws.amazon.com/xray/latest/api/API_ServiceStatistics.html
 */
export class Statistics {
  /** The first start and the last end, epoch seconds. */
  startS = Number.POSITIVE_INFINITY
  endS = Number.NEGATIVE_INFINITY
  #ok = 0
  #throttles = 0
  #otherErrors = 0
  #faults = 0
  #seconds = 0
  readonly #buckets = new Map<number, number>()

  /** A request in progress counts without a duration. */
  add({ startS, endS, isError, isFault, isThrottle }: Segment): void {
    if (isFault) this.#faults++
    else if (isThrottle) this.#throttles++
    else if (isError) this.#otherErrors++
    else this.#ok++
    this.startS = Math.min(this.startS, startS)
    this.endS = Math.max(this.endS, endS ?? startS)
    if (endS === undefined) return
    const seconds = Math.max(0, endS - startS)
    this.#seconds += seconds
    const bucket = Number(seconds.toPrecision(DIGITS))
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1)
  }

  /** All requests. */
  get count(): number {
    return this.#ok + this.#throttles + this.#otherErrors + this.#faults
  }

  /** Adds the requests that another one has counted. */
  merge(other: Statistics): void {
    this.#ok += other.#ok
    this.#throttles += other.#throttles
    this.#otherErrors += other.#otherErrors
    this.#faults += other.#faults
    this.#seconds += other.#seconds
    this.startS = Math.min(this.startS, other.startS)
    this.endS = Math.max(this.endS, other.endS)
    for (const [bucket, count] of other.#buckets) {
      this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + count)
    }
  }

  summary() {
    const errors = this.#throttles + this.#otherErrors
    return {
      OkCount: this.#ok,
      ErrorStatistics: { ThrottleCount: this.#throttles, OtherCount: this.#otherErrors, TotalCount: errors },
      FaultStatistics: { OtherCount: this.#faults, TotalCount: this.#faults },
      TotalCount: this.count,
      TotalResponseTime: this.#seconds,
    }
  }

  /** The number of requests for each duration (s), the shortest first. */
  histogram(): { Value: number; Count: number }[] {
    return [...this.#buckets]
      .toSorted(([a], [b]) => a - b)
      .map(([value, count]) => ({ Value: value, Count: count }))
  }
}
