/** Epoch ms. Earlier times are in another unit, or of a clock that was never set: 2026 in seconds, read as ms, is 1970. */
export const EARLIEST_MS = Date.UTC(2000)
/** How far a sender's clock may be ahead: a local time that is taken for UTC is up to 14 hours. */
const MAX_AHEAD_MS = 86_400_000

/** Whether a record that arrived at `receivedMs` can be of this time. Epoch ms. */
export function isPlausibleTime(ms: number, receivedMs: number): boolean {
  return ms >= EARLIEST_MS && ms <= receivedMs + MAX_AHEAD_MS
}
