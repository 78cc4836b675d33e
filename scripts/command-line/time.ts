const DAY_MS = 24 * 3_600_000

/** `42 s`, `3 min`, `2 h 5 min`, `4 d 1 h`. */
export function describeDuration(seconds: number): string {
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  const days = Math.floor(hours / 24)
  if (days > 0) return `${days} d ${hours % 24} h`
  if (hours > 0) return `${hours} h ${minutes % 60} min`
  return minutes > 0 ? `${minutes} min` : `${seconds} s`
}

/**
 * A moment (ISO 8601) in the past: `3 min ago, at 12:31:05 UTC`, with the date when it is more than a day ago. UTC,
 * because the logs have it too. Any other text is returned as it is.
 */
export function describeMoment(at: string, nowMs = Date.now()): string {
  const ms = Date.parse(at)
  if (Number.isNaN(ms)) return at
  const [date, time = ''] = new Date(ms).toISOString().split('T')
  const clock = `${time.slice(0, 8)} UTC`
  const ago = describeDuration(Math.max(0, Math.round((nowMs - ms) / 1_000)))
  return `${ago} ago, at ${nowMs - ms > DAY_MS ? `${date} ` : ''}${clock}`
}
