import { z } from 'zod'
import { latestPlace } from '../../contracts/sandbox/latest-place.ts'
import type { ErrorDetail, ErrorList, Item } from '../../contracts/sandbox/lists.ts'
import { HttpError } from '../http/answer.ts'
import { parseQuery } from '../http/url-query.ts'
import type { StoredItem } from '../store/occurrences.ts'
import type { Store } from '../store/store.ts'

/** Buckets of time in the histogram of an item's occurrences. */
const BUCKETS = 40
const MAX_ITEMS = 200
/** The newest of all items together; the histograms show no others. */
const MAX_OCCURRENCES = 2_000
/** s; the histograms end now, so that they show how long ago something was. */
const MIN_RANGE_S = 3_600
const PAGE_SIZE = 20
/** `page` begins at 0. */
const QUERY = z.object({ page: z.coerce.number().int().min(0).max(100_000).default(0) })

/** Rollbar's items, the latest first, with a histogram of their newest occurrences. */
export function readErrors(store: Store): ErrorList {
  const all = store.occurrences.items()
  const items = all.slice(0, MAX_ITEMS)
  const times = Map.groupBy(store.occurrences.times(MAX_OCCURRENCES), ({ itemId }) => itemId)
  const lastTraces = new Map(items.map(({ lastOccurrenceId: id }) => [id, store.occurrences.traceOf(id)]))
  const roots = rootsOf(store, [...lastTraces.values()])
  const seconds = [...times.values()].flatMap((some) => some.map(({ timestampS }) => timestampS))
  const nowS = Math.ceil(Date.now() / 1_000)
  const latestS = latestPlace(Date.now()) / 1_000
  const fromS = Math.min(...seconds, nowS - MIN_RANGE_S)
  const toS = Math.max(...seconds.filter((one) => one <= latestS), nowS)
  return {
    items: items.map((item) => {
      const spread = Array<number>(BUCKETS).fill(0)
      for (const { timestampS } of times.get(item.id) ?? []) {
        const bucket = Math.min(BUCKETS - 1, Math.floor(((timestampS - fromS) / (toS - fromS)) * BUCKETS))
        spread[bucket] = (spread[bucket] ?? 0) + 1
      }
      return {
        ...describe(item, roots.get(lastTraces.get(item.lastOccurrenceId) ?? '')),
        spread,
        lastTraceId: lastTraces.get(item.lastOccurrenceId) ?? null,
      }
    }),
    fromS,
    toS,
    total: all.length,
  }
}

/** One item and a page of its occurrences, newest first. Throws an HttpError: 404, or 400 for an invalid page. */
export function readError(store: Store, id: string, query: URLSearchParams): ErrorDetail {
  const { page } = parseQuery(QUERY, query)
  const item = /^\d{1,15}$/.test(id) ? store.occurrences.item(Number(id)) : undefined
  if (!item) throw new HttpError(404, `there is no error ${id}: it may have been deleted to make room`)
  const traceId = store.occurrences.traceOf(item.lastOccurrenceId) ?? ''
  const found = store.occurrences.pageOfItem(item.id, PAGE_SIZE, page * PAGE_SIZE)
  return {
    item: describe(item, rootsOf(store, [traceId]).get(traceId)),
    occurrences: found.map(({ document, ...occurrence }) => ({ ...occurrence, data: JSON.parse(document) })),
    next: found.length === PAGE_SIZE ? page + 1 : null,
  }
}

function describe({ context, request, ...item }: StoredItem, root = ''): Item {
  return { ...item, route: context || root || request }
}

/** The names of the roots of those traces whose spans or segments have arrived. */
function rootsOf(
  store: Store,
  traceIds: readonly (string | null | undefined)[],
): ReadonlyMap<string, string> {
  const wanted = traceIds.filter((traceId) => typeof traceId === 'string')
  const found = new Map<string, string>()
  for (const { traceId, rootName, spans, segments } of store.traces.walk({ traceIds: wanted })) {
    if (spans + segments > 0) found.set(traceId, rootName)
  }
  return found
}
