import { useEffect, useRef } from 'preact/hooks'

/**
 * Asks again every `everyMs` while `isLive`, but not on a hidden page, and not while a pointer is held: what is being drawn on a heatmap
 * must not move.
 */
export function useLiveAnswer(isLive: boolean, everyMs: number, again: () => void): void {
  const latest = useRef(again)
  latest.current = again
  useEffect(() => {
    if (!isLive) return
    let isHeld = false
    const hold = () => {
      isHeld = true
    }
    const release = () => {
      isHeld = false
    }
    addEventListener('pointerdown', hold, true)
    addEventListener('pointerup', release, true)
    addEventListener('pointercancel', release, true)
    const timer = setInterval(() => {
      if (!document.hidden && !isHeld) latest.current()
    }, everyMs)
    return () => {
      clearInterval(timer)
      removeEventListener('pointerdown', hold, true)
      removeEventListener('pointerup', release, true)
      removeEventListener('pointercancel', release, true)
    }
  }, [isLive, everyMs])
}
