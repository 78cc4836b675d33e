const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** Round durations about a decade apart, ms: powers of ten up to 10 s, then of minutes, hours and days. */
export const DURATION_TICKS: readonly number[] = [
  ...[0.01, 0.1, 1, 10, 100, 1_000, 10_000],
  ...[MINUTE, 10 * MINUTE, HOUR, 10 * HOUR],
  ...[2, 20, 200, 2_000, 20_000, 200_000, 2_000_000].map((days) => days * DAY),
]

/** At most `most` ticks of a logarithmic axis, evenly chosen. */
export function durationTicks(lowMs: number, highMs: number, most: number): number[] {
  const slack = 1 + 1e-9
  const inside = DURATION_TICKS.filter((tick) => tick * slack >= lowMs && tick <= highMs * slack)
  const every = Math.ceil(inside.length / Math.max(1, most))
  return inside.filter((_, index) => index % every === 0)
}
