import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { RequestPage, RequestRow } from '../../contracts/sandbox/lists.ts'
import { getJson, isAbort } from '../shell/api.ts'
import { useLive } from '../shell/live.ts'
import { EMPTY_LIST, merge, type RequestList } from './request-list.ts'

/** How many new rows are kept while the list is scrolled down. */
const MAX_WAITING = 2_000

export interface Requests {
  readonly list: RequestList
  /** New rows that are not shown yet, because the list is scrolled down. */
  readonly waiting: number
  readonly showWaiting: () => void
  readonly isLoading: boolean
  readonly hasMore: boolean
  readonly reachedMs: number | null
  readonly error: string
  readonly loadMore: () => void
}

/** The requests that match a filter, page by page from the newest on, and live while `isAtTop()`. */
export function useRequests(filter: string, isAtTop: () => boolean): Requests {
  const [list, setList] = useState<RequestList>(EMPTY_LIST)
  const [waiting, setWaiting] = useState<RequestList>(EMPTY_LIST)
  const [state, setState] = useState({
    next: '' as string | null,
    reachedMs: null as number | null,
    isLoading: true,
    error: '',
  })
  const abort = useRef<AbortController>(undefined)
  const isBusy = useRef(false)

  const load = useCallback(
    async (after: string, isFirst: boolean) => {
      if (isBusy.current && !isFirst) return
      abort.current?.abort()
      const own = new AbortController()
      abort.current = own
      isBusy.current = true
      setState((before) => ({ ...before, isLoading: true, error: '' }))
      try {
        let cursor: string | null = after
        // A filter that few requests match is searched in steps. Rows found so far are shown meanwhile.
        for (let found = 0; cursor !== null && found < 50; ) {
          const page: RequestPage = await getJson(
            `sandbox/requests?limit=100&after=${cursor}&${filter}`,
            own.signal,
          )
          found += page.requests.length
          cursor = page.next
          setList((before) => merge(before, page.requests))
          setState((before) => ({ ...before, next: page.next, reachedMs: page.reachedMs }))
        }
        setState((before) => ({ ...before, isLoading: false }))
      } catch (error) {
        if (isAbort(error)) return
        setState((before) => ({ ...before, isLoading: false, error: (error as Error).message }))
      }
      if (abort.current === own) isBusy.current = false
    },
    [filter],
  )

  useEffect(() => {
    setList(EMPTY_LIST)
    setWaiting(EMPTY_LIST)
    setState((before) => ({ ...before, next: '', reachedMs: null }))
    void load('', true)
    return () => abort.current?.abort()
  }, [load])

  const take = (rows: readonly RequestRow[]) => {
    const known = rows.filter(({ traceId }) => list.byId.has(traceId))
    const fresh = rows.filter(({ traceId }) => !list.byId.has(traceId))
    if (isAtTop()) setList((before) => merge(before, rows))
    else {
      setList((before) => merge(before, known))
      setWaiting((before) => (before.rows.length > MAX_WAITING ? before : merge(before, fresh)))
    }
  }
  useLive(filter, (event) => {
    if (event) return take(event.requests)
    getJson<RequestPage>(`sandbox/requests?limit=100&${filter}`).then(
      ({ requests }) => take(requests),
      (error: Error) => setState((before) => ({ ...before, error: error.message })),
    )
  })

  return {
    list,
    waiting: waiting.rows.length,
    showWaiting: () => {
      setList((before) => merge(before, waiting.rows))
      setWaiting(EMPTY_LIST)
    },
    isLoading: state.isLoading,
    hasMore: state.next !== null,
    reachedMs: state.reachedMs,
    error: state.error,
    loadMore: useCallback(() => {
      if (state.next) void load(state.next, false)
    }, [state.next, load]),
  }
}
