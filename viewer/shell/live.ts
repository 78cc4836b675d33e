import { signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { LiveEvent } from '../../contracts/sandbox/lists.ts'

/** If no event passes a proxy for this long, the page polls instead. ms */
const HELLO_TIMEOUT_MS = 6_000
const POLL_MS = 3_000

/** `idle`: the page has no live data. */
export type LiveState = 'idle' | 'connecting' | 'live' | 'polling' | 'lost'
export const liveState = signal<LiveState>('idle')

/**
 * Calls back with each event of the live feed. Calls back without an event when the page has to read again by itself,
 * because the stream does not get through or was interrupted.
 */
export function useLive(query: string, onEvent: (event: LiveEvent | undefined) => void): void {
  const callback = useRef(onEvent)
  callback.current = onEvent
  useEffect(() => {
    let connection: Connection | undefined
    let wasThere = false
    const connect = () => {
      connection ??= open(query, wasThere, (event) => callback.current(event))
      wasThere = true
    }
    const disconnect = () => {
      connection?.close()
      connection = undefined
      liveState.value = 'idle'
    }
    const follow = () => (document.hidden ? disconnect() : connect())
    follow()
    document.addEventListener('visibilitychange', follow)
    return () => {
      document.removeEventListener('visibilitychange', follow)
      disconnect()
    }
  }, [query])
}

interface Connection {
  readonly close: () => void
}

/**
 * Hidden pages have no connection, because browsers open at most six to a host, and six open tabs would use them up.
 */
function open(query: string, isAgain: boolean, onEvent: (event: LiveEvent | undefined) => void): Connection {
  const source = new EventSource(new URL(`sandbox/live?${query}`, document.baseURI))
  let poll: ReturnType<typeof setInterval> | undefined
  let isBehind = isAgain
  liveState.value = 'connecting'
  const giveUp = setTimeout(() => {
    source.close()
    liveState.value = 'polling'
    poll = setInterval(() => onEvent(undefined), POLL_MS)
  }, HELLO_TIMEOUT_MS)
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
  return {
    close() {
      clearTimeout(giveUp)
      clearInterval(poll)
      source.close()
    },
  }
}
