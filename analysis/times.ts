import { GRANULARITIES_S, QUERY_LIMITS } from '../contracts/sandbox/query-words.ts'
import { clock } from './format.ts'

// Time ranges and granularities as a person chooses them. All times are Unix seconds, all lengths seconds.

/** The times of a question. Absent and null are the same. */
export interface Times {
  readonly start_time?: number | null | undefined
  readonly end_time?: number | null | undefined
  readonly time_range?: number | null | undefined
  /** The width of a step of the charts. */
  readonly granularity?: number | null | undefined
}

/** Whether the range ends now, so that later answers have newer data. */
export function endsNow({ start_time, end_time }: Times): boolean {
  return (end_time ?? start_time ?? undefined) === undefined
}

/** Widened to whole seconds, as Honeycomb takes them. The granularity is chosen again. */
export function timesBetween(start: number, end: number): Times {
  const from = Math.floor(start)
  return { start_time: from, end_time: Math.max(from + 1, Math.ceil(end)) }
}

export const RANGES = [300, 600, 1_800, 3_600, 7_200, 86_400, 604_800] as const

const UNITS = [
  [86_400, 'day'],
  [3_600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
] as const

/** `10 minutes`, `1 hour`, `90 seconds`. */
export function lengthName(seconds: number): string {
  // A day is 24 hours, as Honeycomb's time picker has it.
  const [size, name] = UNITS.find(
    ([unit]) => seconds % unit === 0 && seconds >= unit && !(unit === 86_400 && seconds === unit),
  ) ?? [1, 'second']
  const amount = seconds / size
  return `${amount} ${name}${amount === 1 ? '' : 's'}`
}

/** A range of times for a sentence: the clock, with the date for other days than today. */
export function timesInWords(start: number, end: number): string {
  return `${clock(start * 1_000)} – ${clock(end * 1_000)}`
}

/** The granularities that a question may have for a range: all of it at most, a thousandth at least. */
export function granularitiesFor(range: number): number[] {
  return GRANULARITIES_S.filter((seconds) => seconds >= range / QUERY_LIMITS.buckets && seconds <= range)
}

/** A time for a `datetime-local` field, in the browser's time zone. */
export function localTime(unixSeconds: number): string {
  const date = new Date(unixSeconds * 1_000)
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`
}

/** The Unix seconds of a `datetime-local` field; undefined for an empty or incomplete one. */
export function unixSeconds(local: string): number | undefined {
  const ms = new Date(local).getTime()
  return Number.isFinite(ms) ? Math.round(ms / 1_000) : undefined
}
