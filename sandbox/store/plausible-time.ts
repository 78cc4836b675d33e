import { MAX_SKEW_MS } from '../../contracts/sandbox/latest-place.ts'

/** Epoch ms. Earlier times are in another unit, or of a clock that was never set: 2026 in seconds, read as ms, is 1970. */
export const EARLIEST_MS = Date.UTC(2000)
/** How far a sender's clock may be ahead: a local time that is taken for UTC is up to 14 hours. */
const MAX_AHEAD_MS = 86_400_000
/** X-Ray keeps traces for as long: a longer record has a wrong start. */
export const MAX_DURATION_MS = 30 * 86_400_000

/** Whether a record that arrived at `receivedMs` can be of this time. Epoch ms. */
export function isPlausibleTime(ms: number, receivedMs: number): boolean {
  return ms >= EARLIEST_MS && ms <= receivedMs + MAX_AHEAD_MS
}

/** Where a record that began at `ms` is in a list, epoch ms: at its arrival if its time cannot be right. */
export function placeInList(ms: number, receivedMs: number): number {
  return ms >= EARLIEST_MS && ms <= receivedMs + MAX_SKEW_MS ? ms : receivedMs
}

export interface TimeRange {
  /** Epoch ms. */
  readonly startMs: number
  readonly endMs: number
}

/**
 * The start and end of a record by which it is listed. A time that cannot be right is replaced by the other one, or by that
 * of the arrival; a record cannot end before it starts, nor take longer than 30 days.
 */
export function plausibleRange({ startMs, endMs }: TimeRange, receivedMs: number): TimeRange {
  const isEnd = isPlausibleTime(endMs, receivedMs)
  if (!isPlausibleTime(startMs, receivedMs)) {
    const at = isEnd ? endMs : receivedMs
    return { startMs: at, endMs: at }
  }
  if (!isEnd || endMs < startMs) return { startMs, endMs: startMs }
  return endMs - startMs > MAX_DURATION_MS ? { startMs: endMs, endMs } : { startMs, endMs }
}
