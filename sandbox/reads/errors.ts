import type { ErrorDetail, ErrorList, ErrorOccurrence } from '../../contracts/sandbox/lists.ts'
import { HttpError } from '../http/answer.ts'
import { instanceJson } from '../rollbar/read-routes.ts'
import type { Occurrence } from '../store/occurrences.ts'
import type { Store } from '../store/store.ts'

/** Into how many stretches of time an item's occurrences are counted. */
const BUCKETS = 40
const MAX_ITEMS = 200
const MAX_OCCURRENCES = 2_000
const PAGE = 20

/** Rollbar's items, the latest first, with the spread of their newest occurrences over time. */
export function readErrors(store: Store): ErrorList {
  const all = store.occurrences.items()
  const items = all.slice(0, MAX_ITEMS)
  const times = Map.groupBy(store.occurrences.times(MAX_OCCURRENCES), ({ itemId }) => itemId)
  const seconds = [...times.values()].flatMap((some) => some.map(({ timestampS }) => timestampS))
  const fromS = Math.min(...seconds, Math.floor(Date.now() / 1_000))
  const toS = Math.max(...seconds, fromS + 1)
  return {
    items: items.map((item) => {
      const spread = Array<number>(BUCKETS).fill(0)
      for (const { timestampS } of times.get(item.id) ?? []) {
        const at = Math.min(BUCKETS - 1, Math.floor(((timestampS - fromS) / (toS - fromS)) * BUCKETS))
        spread[at] = (spread[at] ?? 0) + 1
      }
      return { ...item, spread, lastTraceId: times.get(item.id)?.[0]?.traceId ?? null }
    }),
    fromS,
    toS,
    total: all.length,
  }
}

/** One item and a page of its occurrences, newest first. Throws an HttpError (404). */
export function readError(store: Store, id: string, page: number): ErrorDetail {
  const item = /^\d{1,15}$/.test(id) ? store.occurrences.item(Number(id)) : undefined
  if (!item) throw new HttpError(404, `there is no error ${id}: it may be pruned`)
  const found = store.occurrences.pageOfItem(item.id, PAGE, page * PAGE)
  return {
    item,
    occurrences: found.map((occurrence) => errorOccurrence(occurrence)),
    next: found.length === PAGE ? page + 1 : null,
  }
}

function errorOccurrence(occurrence: Occurrence): ErrorOccurrence {
  const { id, uuid, itemId, timestampS, traceId } = occurrence
  return { id, uuid, itemId, timestampS, traceId, data: instanceJson(occurrence).data }
}
