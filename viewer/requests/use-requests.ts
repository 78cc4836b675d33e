import { useCallback, useEffect, useState } from 'preact/hooks'
import type { RequestPage, RequestRow } from '../../contracts/sandbox/lists.ts'
import { getJson } from '../shell/api.ts'
import { useLive } from '../shell/live.ts'
import { usePages } from '../shell/pages.ts'
import { merge, type RequestList } from './request-list.ts'

/** How many new rows are kept while the list is scrolled down. */
const MAX_WAITING = 2_000

/**
 * The requests that match a filter, from the newest on, and live. New rows enter the list while `isAtTop()`; otherwise
 * they are counted in `waiting` until `showWaiting`.
 */
export function useRequests(filter: string, isAtTop: () => boolean) {
  const [rows, setRows] = useState<RequestList>([])
  const [waiting, setWaiting] = useState<RequestList>([])
  useEffect(() => {
    setRows([])
    setWaiting([])
  }, [filter])
  const addressOf = useCallback(
    (after: string | number) => `sandbox/requests?limit=100&after=${after}&${filter}`,
    [filter],
  )
  const pages = usePages<RequestPage>(addressOf, ({ requests }) => {
    setRows((before) => merge(before, requests))
    return requests.length
  })

  const take = (incoming: readonly RequestRow[]) => {
    if (isAtTop()) return setRows((before) => merge(before, incoming))
    const shown = new Set(rows.map(({ traceId }) => traceId))
    const known = incoming.filter(({ traceId }) => shown.has(traceId))
    const fresh = incoming.filter(({ traceId }) => !shown.has(traceId))
    setRows((before) => merge(before, known))
    setWaiting((before) => (before.length > MAX_WAITING ? before : merge(before, fresh)))
  }
  useLive(filter, (event) => {
    if (event) return take(event.requests)
    getJson<RequestPage>(addressOf('')).then(({ requests }) => take(requests), pages.setError)
  })

  return {
    ...pages,
    rows,
    waiting: waiting.length,
    showWaiting: () => {
      setRows((before) => merge(before, waiting))
      setWaiting([])
    },
  }
}
