import { latestPlace } from '../../../contracts/sandbox/latest-place.ts'
import type { RequestRow } from '../../../contracts/sandbox/lists.ts'

/** Rows of the list, each trace once. */
export type RequestList = readonly RequestRow[]

/** Adds rows in the order of the list, newest first, then those of the future. Rows of known traces replace the earlier ones. */
export function merge(list: RequestList, incoming: readonly RequestRow[]): RequestList {
  if (incoming.length === 0) return list
  const fresh = new Map(incoming.map((row) => [row.traceId, row]))
  const kept = list.filter(({ traceId }) => !fresh.has(traceId))
  return [...fresh.values(), ...kept].sort(byPlace(latestPlace(Date.now())))
}

/** Puts the latest rows of known traces in their places, and leaves out the others. */
export function update(list: RequestList, incoming: readonly RequestRow[]): RequestList {
  if (incoming.length === 0) return list
  const fresh = new Map(incoming.map((row) => [row.traceId, row]))
  return list.map((row) => fresh.get(row.traceId) ?? row)
}

/** Adds the next page of a list in another order than newest first. */
export function append(list: RequestList, page: readonly RequestRow[]): RequestList {
  const known = new Set(list.map(({ traceId }) => traceId))
  return [...update(list, page), ...page.filter(({ traceId }) => !known.has(traceId))]
}

function byPlace(latestMs: number) {
  return (a: RequestRow, b: RequestRow): number => {
    const [aMs = 0, aNumber = 0] = a.place.split('_').map(Number)
    const [bMs = 0, bNumber = 0] = b.place.split('_').map(Number)
    return Number(aMs > latestMs) - Number(bMs > latestMs) || bMs - aMs || aNumber - bNumber
  }
}
