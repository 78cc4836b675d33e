import { count } from '../shell/format.ts'

const HOUR_S = 3_600

/** How often something happened in a time (ms): `3.4/s`, `12/min`, `2/h`, and `3 in 60 min` where no unit has a whole one. */
export function rate(times: number, overMs: number): string {
  const perSecond = times / (overMs / 1_000)
  if (perSecond >= 1) return `${rounded(perSecond)}/s`
  if (perSecond * 60 >= 1) return `${rounded(perSecond * 60)}/min`
  const isLong = overMs > HOUR_S * 1_000
  if (isLong && perSecond * HOUR_S >= 1) return `${rounded(perSecond * HOUR_S)}/h`
  return `${count(times)} in ${span(overMs)}`
}

/** A decimal below 10, so that 1.4 is not shown as 1. */
function rounded(value: number): string {
  return value < 9.95 ? value.toFixed(1).replace(/\.0$/, '') : count(Math.round(value))
}

/** Up to two hours in minutes, as the choices of the page. */
function span(ms: number): string {
  const minutes = Math.round(ms / 60_000)
  if (minutes < 1) return `${Math.max(1, Math.round(ms / 1_000))} s`
  return minutes <= 120 ? `${minutes} min` : `${Math.round(minutes / 60)} h`
}
