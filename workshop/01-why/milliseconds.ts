import { readNumber } from '../read-number.ts'

/** Milliseconds in one unit. */
const UNITS: Readonly<Record<string, number>> = { '': 1, ms: 1, s: 1_000, µs: 0.001, us: 0.001 }
/** An answer may be rounded to whole milliseconds. */
const ROUNDED_MS = 0.5
const SHARE = 0.02

/** `13.8`, `13,8 ms` and `1.2 s` in milliseconds; undefined for anything else. */
export function readMs(text: string): number | undefined {
  const [, number = '', unit = ''] = /^(.*?)\s*(ms|s|µs|us)?$/i.exec(text.trim()) ?? []
  const factor = UNITS[unit.toLowerCase()]
  const read = readNumber(number)
  return read === undefined || factor === undefined ? undefined : read * factor
}

/** Whether a duration that was read from the page is this one. ms */
export function isSameMs(read: number, ms: number): boolean {
  return Math.abs(read - ms) <= Math.max(ROUNDED_MS, ms * SHARE)
}
