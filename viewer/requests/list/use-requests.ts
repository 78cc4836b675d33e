import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { RequestPage, RequestRow } from '../../../contracts/sandbox/lists.ts'
import { getJson } from '../../shell/api.ts'
import { useLive } from '../../shell/live.ts'
import { usePages } from '../../shell/pages.ts'
import { append, merge, type RequestList, update } from './request-list.ts'

/** How many new rows are kept while the list is scrolled down. */
const MAX_WAITING = 2_000
const PAGE = 'sandbox/requests?limit=100'

/**
 * The requests that match a filter, in an order (empty: newest first), and live.
 *
 * Newest first, new rows enter the list while `isAtTop()`; otherwise they are counted in `waiting` until `showWaiting`. In
 * another order no row enters or moves by itself: a row that jumps in among the loaded ones would suggest that the list is
 * complete up to there, and it would move what is being read. The values of the shown rows stay live, and `waiting` counts
 * what is new or changed since the list was sorted.
 *
 * The earlier rows stay (`isStale`) until the first page of a new filter or order has arrived.
 */
export function useRequests(filter: string, order: string, isAtTop: () => boolean) {
  const isNewestFirst = order === ''
  const list = `${filter}&${order}`
  const [shown, setShown] = useState<{ readonly list: string; readonly rows: RequestList }>({
    list,
    rows: [],
  })
  const [waiting, setWaiting] = useState<RequestList>([])
  const [news, setNews] = useState(0)
  /** Arrived live before the first page, which may have been read before them. */
  const early = useRef<RequestRow[] | undefined>([])
  const seen = useRef(new Map<string, string>())
  const setRows = (change: (rows: RequestList) => RequestList) =>
    setShown((before) => ({ list, rows: change(before.list === list ? before.rows : []) }))

  const addressOf = useCallback(
    (after: string | number) => `${PAGE}&after=${after}&${filter}${order && `&${order}`}`,
    [filter, order],
  )
  /** Reads the newest requests, and returns those that have changed since the last call. */
  const readChanged = async (): Promise<RequestRow[]> => {
    const { requests } = await getJson<RequestPage>(`${PAGE}&${filter}`)
    const before = seen.current
    seen.current = new Map(requests.map((row) => [row.traceId, stateOf(row)]))
    return requests.filter((row) => before.get(row.traceId) !== stateOf(row))
  }
  useEffect(() => {
    early.current = []
    seen.current = new Map()
    setWaiting([])
    if (!isNewestFirst) readChanged().catch(() => {}) // The next call counts more as changed.
  }, [list])
  const pages = usePages<RequestPage>(addressOf, ({ requests }, isFirst) => {
    const arrived = early.current ?? []
    if (isFirst) {
      early.current = undefined
      setWaiting([])
      setRows(() => (isNewestFirst ? merge(requests, arrived) : update(requests, arrived)))
    } else setRows((rows) => (isNewestFirst ? merge(rows, requests) : append(rows, requests)))
    return requests.length
  })

  const take = (incoming: readonly RequestRow[]) => {
    if (incoming.length === 0) return
    setNews((before) => before + 1)
    if (early.current && !pages.error) return void early.current.push(...incoming)
    if (isNewestFirst && isAtTop()) return setRows((rows) => merge(rows, incoming))
    const known = new Set(shown.rows.map(({ traceId }) => traceId))
    setRows((rows) => update(rows, incoming))
    const fresh = isNewestFirst ? incoming.filter(({ traceId }) => !known.has(traceId)) : incoming
    setWaiting((before) => (before.length > MAX_WAITING ? before : merge(before, fresh)))
    // Nothing is moved in an empty list.
    if (!isNewestFirst && known.size === 0) void pages.reload()
  }
  useLive(filter, (event) => {
    if (event) return take(event.requests)
    readChanged().then(take, pages.setError)
  })

  const isStale = shown.list !== list
  return {
    ...pages,
    rows: isStale && pages.error ? [] : shown.rows,
    isStale,
    waiting: waiting.length,
    /** Another text after each arrival. */
    news: String(news),
    reload: pages.reload,
    showWaiting: () => {
      if (!isNewestFirst) return void pages.reload()
      setRows((rows) => merge(rows, waiting))
      setWaiting([])
    },
  }
}

/** Differs when a row's content does. */
function stateOf({ spans, segments, items, durationMs, error }: RequestRow): string {
  return [spans, segments, items, durationMs, error].join(' ')
}
