import { signal } from '@preact/signals'
import { useEffect, useRef } from 'preact/hooks'
import type { LiveEvent } from '../../live-feed.ts'

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
    const source = new EventSource(new URL(`sandbox/live?${query}`, document.baseURI))
    let poll: ReturnType<typeof setInterval> | undefined
    let hasOpened = false
    liveState.value = 'connecting'
    const giveUp = setTimeout(() => {
      source.close()
      liveState.value = 'polling'
      poll = setInterval(() => !document.hidden && callback.current(undefined), POLL_MS)
    }, HELLO_TIMEOUT_MS)
    source.addEventListener('hello', () => {
      clearTimeout(giveUp)
      liveState.value = 'live'
      if (hasOpened) callback.current(undefined)
      hasOpened = true
    })
    source.addEventListener('message', ({ data }) => callback.current(JSON.parse(data) as LiveEvent))
    source.addEventListener('error', () => {
      if (hasOpened) liveState.value = 'lost'
    })
    return () => {
      clearTimeout(giveUp)
      clearInterval(poll)
      source.close()
      liveState.value = 'idle'
    }
  }, [query])
}
