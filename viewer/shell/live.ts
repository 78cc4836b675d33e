import { signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { LiveEvent } from '../../contracts/sandbox/lists.ts'

/** A proxy that holds a stream back is given up after this long; the page asks in intervals then. ms */
const HELLO_TIMEOUT_MS = 6_000
const POLL_MS = 3_000

/** `idle`: a page that does not change by itself. */
export type LiveState = 'idle' | 'connecting' | 'live' | 'polling' | 'lost'
export const liveState = signal<LiveState>('idle')

/**
 * Calls back with what has come, as it comes; without an event where only the page itself can tell (`poll`): the
 * stream does not get through, or it had broken off.
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
 * A page that nobody looks at has none: a browser keeps no more than six connections to a host, which as many open
 * traces would use up.
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
