/** A duration in milliseconds, with a fitting unit. */
export function duration(ms: number): string {
  const size = Math.abs(ms)
  if (size === 0) return '0 ms'
  if (size < 1) return `${trimmed(ms * 1_000, size < 0.01 ? 1 : 0)} µs`
  if (size < 1_000) return `${trimmed(ms, size < 100 ? 1 : 0)} ms`
  if (size < 120_000) return `${trimmed(ms / 1_000, 2)} s`
  if (size < 7_200_000) return `${trimmed(ms / 60_000, 1)} min`
  if (size < 172_800_000) return `${trimmed(ms / 3_600_000, 1)} h`
  return `${trimmed(ms / 86_400_000, 1)} days`
}

function trimmed(value: number, digits: number): string {
  return value.toFixed(digits).replace(/\.0+$/, '')
}

const CLOCK = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })
const DAY_OF_YEAR = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })

/** The latest time that a Date holds. Epoch ms */
const MAX_DATE_MS = 8.64e15

/** The time of day; with the date for other days than today, and the year for other years. */
export function clock(atMs: number, { milliseconds = false } = {}): string {
  if (!Number.isFinite(atMs) || Math.abs(atMs) > MAX_DATE_MS) return '–'
  const date = new Date(atMs)
  const fraction = milliseconds ? `.${String(date.getMilliseconds()).padStart(3, '0')}` : ''
  return `${dayOf(date)}${CLOCK.format(date)}${fraction}`
}

function dayOf(date: Date): string {
  const today = new Date()
  if (date.toDateString() === today.toDateString()) return ''
  return `${(date.getFullYear() === today.getFullYear() ? DAY : DAY_OF_YEAR).format(date)} `
}

/** `12 s ago`; `in 12 s` by the clock of a sender that is ahead. */
export function ago(atMs: number): string {
  const seconds = Math.round((Date.now() - atMs) / 1_000)
  const size = Math.abs(seconds)
  if (size < 5) return 'now'
  return seconds < 0 ? `in ${roughly(size)}` : `${roughly(size)} ago`
}

function roughly(seconds: number): string {
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3_600) return `${Math.round(seconds / 60)} min`
  if (seconds < 86_400) return `${Math.round(seconds / 3_600)} h`
  return plural(Math.round(seconds / 86_400), 'day')
}

/** The text, with … for what is beyond `max` characters. */
export function cut(text: string, max: number): string {
  return text.length > max ? `${text.slice(0, max - 1)}…` : text
}

const NUMBERS = new Intl.NumberFormat('en-GB')
export function count(value: number): string {
  return NUMBERS.format(value)
}

export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`
}

const SIGNIFICANT = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 4 })
const WHOLE = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 })

/** A number without a unit: grouped, rounded to about four digits. */
export function plainNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value)
  if (Number.isInteger(value)) return count(value)
  return (Math.abs(value) >= 1_000 ? WHOLE : SIGNIFICANT).format(value)
}

/** A share from 0 to 1 in percent; with a decimal below 10 %, so that 0.4 % is not shown as none. */
export function percent(share: number): string {
  const value = share * 100
  if (value > 0 && value < 0.1) return '< 0.1 %'
  const digits = value < 9.95 && !Number.isInteger(value) ? 1 : 0
  // Only all is 100 %.
  return `${value < 100 && value > 99.4 ? '> 99' : value.toFixed(digits).replace(/\.0$/, '')} %`
}
