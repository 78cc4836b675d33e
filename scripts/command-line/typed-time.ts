const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000, d: 86_400_000 } as const

/** The milliseconds of `200`, `200ms`, `1.5s`, `10m`, `2h` or `7d`; undefined for anything else. A number alone has the unit `unit`. */
export function readLengthMs(text: string, unit: keyof typeof UNIT_MS = 'ms'): number | undefined {
  const [, amount, name = unit] = /^(\d+(?:\.\d+)?)\s*(ms|s|min|m|h|d)?$/.exec(text.trim()) ?? []
  return amount === undefined ? undefined : Number(amount) * UNIT_MS[name as keyof typeof UNIT_MS]
}

/** Epoch milliseconds have at least so many digits: those of September 2001. */
const EPOCH_DIGITS = 12

/**
 * The moment that a text means, epoch ms: `10m` is ten minutes ago, `2026-11-26T12:30` is in this machine's time zone, a
 * number of twelve digits or more is epoch milliseconds. Undefined for anything else.
 */
export function readMomentMs(text: string, nowMs: number): number | undefined {
  const typed = text.trim()
  if (/^\d+$/.test(typed)) return typed.length >= EPOCH_DIGITS ? Number(typed) : undefined
  const agoMs = readLengthMs(typed)
  if (agoMs !== undefined) return nowMs - agoMs
  // Only ISO 8601: Date.parse takes nearly any text that begins with a number.
  const ms = /^\d{4}-\d\d-\d\d/.test(typed) ? Date.parse(typed) : Number.NaN
  return Number.isNaN(ms) ? undefined : ms
}
