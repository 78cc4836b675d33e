import { count } from '../../analysis/format.ts'
import type { ServiceMap } from '../../contracts/sandbox/map.ts'

const MINUTE_MS = 60_000

/** The time over which rates of the map are, ms: since its first request, and at least a minute, so that one request is 1/min. */
export function ratedMs({ fromMs, toMs, firstMs }: Pick<ServiceMap, 'fromMs' | 'toMs' | 'firstMs'>): number {
  return Math.max(MINUTE_MS, toMs - Math.max(fromMs, firstMs ?? fromMs))
}

/** How often something happened in a time (ms). All rates of the page are per minute, so that they can be compared. */
export function rate(times: number, overMs: number): string {
  return `${rounded((times / overMs) * MINUTE_MS)}/min`
}

/** Decimals below 10, so that 1.4 is not shown as 1. */
function rounded(value: number): string {
  if (value === 0) return '0'
  if (value < 0.01) return '< 0.01'
  return value < 9.95 ? String(Number(value.toFixed(value < 1 ? 2 : 1))) : count(Math.round(value))
}
