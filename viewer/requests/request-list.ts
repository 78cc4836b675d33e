import type { RequestRow } from '../../contracts/sandbox/lists.ts'

/** Rows of the list, newest first, each trace once. */
export interface RequestList {
  readonly rows: readonly RequestRow[]
  readonly byId: ReadonlyMap<string, RequestRow>
}

export const EMPTY_LIST: RequestList = { rows: [], byId: new Map() }

/** Adds rows in the order of the list. Rows of known traces replace the earlier ones. */
export function merge(list: RequestList, incoming: readonly RequestRow[]): RequestList {
  if (incoming.length === 0) return list
  const byId = new Map(list.byId)
  const fresh = new Map(incoming.map((row) => [row.traceId, row]))
  for (const [id, row] of fresh) byId.set(id, row)
  const kept = list.rows.filter(({ traceId }) => !fresh.has(traceId))
  const sorted = [...fresh.values()].sort(byPlace)
  const rows: RequestRow[] = []
  let at = 0
  for (const row of sorted) {
    for (let next = kept[at]; next && byPlace(next, row) < 0; next = kept[++at]) rows.push(next)
    rows.push(row)
  }
  for (; at < kept.length; at++) rows.push(kept[at] as RequestRow)
  return { rows, byId }
}

function byPlace(a: RequestRow, b: RequestRow): number {
  const [aMs = 0, aNumber = 0] = a.place.split('_').map(Number)
  const [bMs = 0, bNumber = 0] = b.place.split('_').map(Number)
  return bMs - aMs || aNumber - bNumber
}
