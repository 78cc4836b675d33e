/** How far clocks that are right may differ: a browser's and the sandbox's (ms). */
export const MAX_SKEW_MS = 300_000

/**
 * Epoch ms. Records after it were received while the sandbox's clock was ahead: lists put them last, until the clock gets
 * there.
 */
export function latestPlace(nowMs: number): number {
  return nowMs + 2 * MAX_SKEW_MS
}
