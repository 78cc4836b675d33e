import { clock } from '../../shell/format.ts'

/** A range of Unix seconds: the clock, with the date for other days than today. */
export function timesInWords(start: number, end: number): string {
  return `${clock(start * 1_000)} – ${clock(end * 1_000)}`
}

/** A length of time for a sentence: "30 s", "5 min", "2 h". */
export function lengthInWords(seconds: number): string {
  if (seconds >= 172_800 && seconds % 86_400 === 0) return `${seconds / 86_400} days`
  if (seconds >= 3_600 && seconds % 3_600 === 0) return `${seconds / 3_600} h`
  if (seconds >= 60 && seconds % 60 === 0) return `${seconds / 60} min`
  return `${Number(seconds.toFixed(3))} s`
}
