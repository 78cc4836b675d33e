import { useCallback, useEffect, useState } from 'preact/hooks'
import type { RequestPage, RequestRow } from '../../contracts/sandbox/lists.ts'
import { getJson } from '../shell/api.ts'
import { useLive } from '../shell/live.ts'
import { usePages } from '../shell/pages.ts'
import { EMPTY_LIST, merge } from './request-list.ts'

/** How many new rows are kept while the list is scrolled down. */
const MAX_WAITING = 2_000

/**
 * The requests that match a filter, from the newest on, and live. New rows enter the list while `isAtTop()`; otherwise
 * they are counted in `waiting` until `showWaiting`.
 */
export function useRequests(filter: string, isAtTop: () => boolean) {
  const [list, setList] = useState(EMPTY_LIST)
  const [waiting, setWaiting] = useState(EMPTY_LIST)
  useEffect(() => {
    setList(EMPTY_LIST)
    setWaiting(EMPTY_LIST)
  }, [filter])
  const addressOf = useCallback(
    (after: string | number) => `sandbox/requests?limit=100&after=${after}&${filter}`,
    [filter],
  )
  const pages = usePages<RequestPage>(addressOf, ({ requests }) => {
    setList((before) => merge(before, requests))
    return requests.length
  })

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
    getJson<RequestPage>(addressOf('')).then(
      ({ requests }) => take(requests),
      (error: Error) => pages.setError(error.message),
    )
  })

  return {
    ...pages,
    rows: list.rows,
    waiting: waiting.rows.length,
    showWaiting: () => {
      setList((before) => merge(before, waiting.rows))
      setWaiting(EMPTY_LIST)
    },
  }
}
