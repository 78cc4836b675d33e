import { signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { LiveEvent } from '../../contracts/sandbox/lists.ts'

/** The page polls if the feed's first event, `hello`, has not arrived after this time, as behind some proxies. ms */
const HELLO_TIMEOUT_MS = 6_000
const POLL_MS = 3_000

/**
 * `idle`: the page has no live data, or is hidden. `polling`: the page has no feed, or it does not get through, and reads from time to time. `lost`: the feed has ended,
 * and the browser tries to connect again.
 */
export const liveState = signal<'idle' | 'connecting' | 'live' | 'polling' | 'lost'>('idle')
/** How often a page that polls reads. ms */
export const pollMs = signal(POLL_MS)

type OnEvent = (event: LiveEvent | undefined) => void

/**
 * Calls back with each event of the live feed. Calls back without an event when the page has to read again by itself,
 * because the feed does not get through or was interrupted.
 */
export function useLive(query: string, onEvent: OnEvent): void {
  const callback = useRef(onEvent)
  callback.current = onEvent
  useEffect(() => {
    let disconnect: (() => void) | undefined
    let hasMissedEvents = false
    // A hidden page has no connection: browsers open at most six to a host, and six open tabs would use them up.
    const follow = () => {
      disconnect?.()
      disconnect = undefined
      liveState.value = 'idle'
      if (document.hidden) return
      disconnect = connect(query, hasMissedEvents, (event) => callback.current(event))
      hasMissedEvents = true
    }
    follow()
    document.addEventListener('visibilitychange', follow)
    return () => {
      document.removeEventListener('visibilitychange', follow)
      disconnect?.()
      liveState.value = 'idle'
    }
  }, [query])
}

/** Says in the page's frame that a page without the live feed reads again by itself. */
export function usePolling(everyMs: number): void {
  useEffect(() => {
    pollMs.value = everyMs
    liveState.value = 'polling'
    return () => {
      liveState.value = 'idle'
    }
  }, [everyMs])
}

/** Returns the function that ends the connection. */
function connect(query: string, hasMissedEvents: boolean, onEvent: OnEvent): () => void {
  const source = new EventSource(new URL(`sandbox/live?${query}`, document.baseURI))
  let poll: ReturnType<typeof setInterval> | undefined
  liveState.value = 'connecting'
  const giveUp = setTimeout(() => {
    source.close()
    pollMs.value = POLL_MS
    liveState.value = 'polling'
    poll = setInterval(() => onEvent(undefined), POLL_MS)
  }, HELLO_TIMEOUT_MS)
  let isBehind = hasMissedEvents
  source.addEventListener('hello', () => {
    clearTimeout(giveUp)
    liveState.value = 'live'
    if (isBehind) onEvent(undefined)
    isBehind = true
  })
  source.addEventListener('message', ({ data }) => onEvent(JSON.parse(data) as LiveEvent))
  source.addEventListener('error', () => {
    if (liveState.value === 'live') liveState.value = 'lost'
  })
  return () => {
    clearTimeout(giveUp)
    clearInterval(poll)
    source.close()
  }
}
