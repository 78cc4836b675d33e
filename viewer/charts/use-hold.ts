import type { RefObject } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

/** A finger that rests this long draws, in any direction; a quicker one that moves up or down scrolls the page. ms */
const HOLD_MS = 350
/** How far a resting finger moves. Pixels */
const STILL_PX = 8

/** Calls `onHold` when a finger rests on an element. Until the finger is lifted it does not scroll the page. */
export function useHold(place: RefObject<HTMLElement | null>, onHold: () => void): void {
  const latest = useRef(onHold)
  latest.current = onHold
  useEffect(() => {
    const element = place.current
    if (!element) return
    let timer: ReturnType<typeof setTimeout> | undefined
    let isHeld = false
    let down = { x: 0, y: 0 }
    const ended = new AbortController()
    const on = <Name extends keyof HTMLElementEventMap>(
      names: readonly Name[],
      listener: (event: HTMLElementEventMap[Name]) => void,
    ) => {
      // A passive listener cannot keep the page from scrolling.
      for (const name of names)
        element.addEventListener(name, listener, { passive: false, signal: ended.signal })
    }
    on(['pointerdown'], ({ pointerType, clientX: x, clientY: y }) => {
      clearTimeout(timer)
      isHeld = false
      if (pointerType !== 'touch') return
      down = { x, y }
      timer = setTimeout(() => {
        isHeld = true
        latest.current()
      }, HOLD_MS)
    })
    on(['pointermove'], ({ clientX, clientY }) => {
      if (Math.hypot(clientX - down.x, clientY - down.y) > STILL_PX) clearTimeout(timer)
    })
    on(['pointerup', 'pointercancel'], () => {
      clearTimeout(timer)
      isHeld = false
    })
    on(['touchmove', 'contextmenu'], (event) => {
      if (isHeld && event.cancelable) event.preventDefault()
    })
    return () => {
      clearTimeout(timer)
      ended.abort()
    }
  }, [])
}
