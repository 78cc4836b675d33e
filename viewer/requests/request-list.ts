import type { RequestRow } from '../../contracts/sandbox/lists.ts'

/** Rows of the list, newest first, each trace once. */
export type RequestList = readonly RequestRow[]

/** Adds rows in the order of the list. Rows of known traces replace the earlier ones. */
export function merge(list: RequestList, incoming: readonly RequestRow[]): RequestList {
  if (incoming.length === 0) return list
  const fresh = new Map(incoming.map((row) => [row.traceId, row]))
  const kept = list.filter(({ traceId }) => !fresh.has(traceId))
  return [...fresh.values(), ...kept].sort(byPlace)
}

function byPlace(a: RequestRow, b: RequestRow): number {
  const [aMs = 0, aNumber = 0] = a.place.split('_').map(Number)
  const [bMs = 0, bNumber = 0] = b.place.split('_').map(Number)
  return bMs - aMs || aNumber - bNumber
}
