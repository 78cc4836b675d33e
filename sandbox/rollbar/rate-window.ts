/** What a project may send before it is answered 429. Items a minute. */
export const ITEMS_PER_MINUTE = 10_000
const WINDOW_S = 60

/** Counts calls in windows of one minute. */
export function createRateWindow(limit = ITEMS_PER_MINUTE) {
  let window = 0
  let used = 0
  return {
    /** Counts one call; `isAllowed` is false beyond the limit. `headers` are Rollbar's own. */
    take(nowMs: number): { isAllowed: boolean; headers: Record<string, string> } {
      const nowS = Math.floor(nowMs / 1000)
      const current = Math.floor(nowS / WINDOW_S)
      if (current !== window) {
        window = current
        used = 0
      }
      used++
      const resetS = (current + 1) * WINDOW_S
      return {
        isAllowed: used <= limit,
        headers: {
          'x-rate-limit-limit': String(limit),
          'x-rate-limit-remaining': String(Math.max(0, limit - used)),
          'x-rate-limit-reset': String(resetS),
          'x-rate-limit-remaining-seconds': String(resetS - nowS),
        },
      }
    },
  }
}
