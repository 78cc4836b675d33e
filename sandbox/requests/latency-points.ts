import { latestPlace } from '../../contracts/sandbox/latest-place.ts'
import type { LatencyPoint, LatencyPoints } from '../../contracts/sandbox/lists.ts'
import { sortedIndexes } from '../query/events/sort.ts'
import { firstInOrder } from './request-order.ts'
import type { TraceTable } from './trace-table.ts'

export const MAX_POINTS = 2_000
/** Slices of time, each of which keeps its slowest failed and its slowest requests: half of the points at most. */
const SLICES = 200
const FAILED_PER_SLICE = 3
const SLOWEST_PER_SLICE = 2
/** The share of the requests that is left out at each end when the bounds of the slices are set. */
const OUTLIERS = 0.005

/**
 * The points of the chart in the order of their start; the same requests always have the same points. Requests of the
 * future have none: a chart that ends next week would show today's as one line.
 */
export function latencyPoints(table: TraceTable, slots: Uint32Array): Omit<LatencyPoints, 'isComplete'> {
  const latestMs = latestPlace(Date.now())
  const past = slots.filter((slot) => table.startMs(slot) <= latestMs)
  const starts = Float64Array.from(past, (slot) => table.startMs(slot))
  const byStart = sortedIndexes(starts).map((index) => past[index] as number)
  const chosen = byStart.length <= MAX_POINTS ? byStart : choose(table, byStart)
  const points = Array.from(
    chosen,
    (slot): LatencyPoint => [
      table.startMs(slot),
      table.durationMs(slot),
      table.error(slot) ? 1 : 0,
      table.traceId(slot),
    ],
  )
  return { points, matching: slots.length }
}

function choose(table: TraceTable, byStart: Uint32Array): number[] {
  // The range of time is that of all requests.
  const notable = new Set([...byStart.subarray(0, 1), ...byStart.subarray(-1)])
  const slowestFirst = (a: number, b: number) =>
    table.durationMs(b) - table.durationMs(a) || table.number(a) - table.number(b)
  for (const slice of slicesOf(table, byStart)) {
    const failed = slice.filter((slot) => table.error(slot))
    const slowest = firstInOrder(slice, SLOWEST_PER_SLICE, slowestFirst)
    for (const slot of [...firstInOrder(failed, FAILED_PER_SLICE, slowestFirst), ...slowest]) {
      notable.add(slot)
    }
  }
  const rest = Array.from(byStart).filter((slot) => !notable.has(slot))
  const room = MAX_POINTS - notable.size
  const some = new Set(
    Array.from({ length: room }, (_, index) => rest[Math.floor(((index + 0.5) * rest.length) / room)]),
  )
  return Array.from(byStart).filter((slot) => notable.has(slot) || some.has(slot))
}

/**
 * The requests by slices of time. A sender's wrong clock must not leave all others in one slice: the range is that of the
 * requests without the earliest and the latest ones, and as much again on both sides. What is outside belongs to the
 * first or the last slice.
 */
function slicesOf(table: TraceTable, byStart: Uint32Array): number[][] {
  const at = (index: number) => table.startMs(byStart[index] as number)
  const last = byStart.length - 1
  const outliers = Math.floor(OUTLIERS * byStart.length)
  const [low, high] = [at(outliers), at(last - outliers)]
  const from = Math.max(at(0), low - (high - low))
  const to = Math.min(at(last), high + (high - low))
  const slices: number[][] = Array.from({ length: SLICES }, () => [])
  for (const slot of byStart) {
    const share = to > from ? (table.startMs(slot) - from) / (to - from) : 0
    const slice = Math.min(SLICES - 1, Math.max(0, Math.floor(share * SLICES)))
    slices[slice]?.push(slot)
  }
  return slices
}
