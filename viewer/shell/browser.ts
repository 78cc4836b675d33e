import { useEffect, useRef, useState } from 'preact/hooks'

/** A shorter movement of the pointer is a click, not a drag. */
export const LEAST_DRAG_PX = 4

/** The actions of keys, by `KeyboardEvent.key`. */
export type KeyMap = Readonly<Record<string, (event: KeyboardEvent) => unknown>>

/**
 * Handles keys that are pressed anywhere on the page, but not in a dialog or together with Ctrl, Meta or Alt. In a text
 * field only Escape is handled.
 */
export function useKeys(keys: KeyMap): void {
  const map = useRef(keys)
  map.current = keys
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      const { target } = event
      if (target instanceof HTMLElement && target.closest('dialog')) return
      const isInTextField = target instanceof HTMLElement && target.matches('input, textarea, select')
      if (isInTextField && event.key !== 'Escape') return
      // Enter and the space bar activate the focused element.
      const isButtonFocused = target instanceof HTMLElement && target.matches('a, button, summary')
      if (isButtonFocused && (event.key === 'Enter' || event.key === ' ')) return
      const act = Object.hasOwn(map.current, event.key) ? map.current[event.key] : undefined
      if (!act) return
      event.preventDefault()
      act(event)
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [])
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title.slice(0, 120)} · Sandbox`
  }, [title])
}

export function useMedia(condition: string): boolean {
  const [matches, setMatches] = useState(() => matchMedia(condition).matches)
  useEffect(() => {
    const media = matchMedia(condition)
    const update = () => setMatches(media.matches)
    update()
    media.addEventListener('change', update)
    return () => media.removeEventListener('change', update)
  }, [condition])
  return matches
}

/** False where the browser forbids writing to the clipboard, as over plain HTTP from another machine. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    return false
  }
}

type MoveTo = (index: number) => void

/** The keys that move the cursor by one in a list of `count` rows. Without a cursor `active` is -1. */
export function stepKeys(count: number, active: number, moveTo: MoveTo): KeyMap {
  const [next, previous] = [mover(count, active, moveTo, 1), mover(count, active, moveTo, -1)]
  return { j: next, k: previous, ArrowDown: next, ArrowUp: previous }
}

/** Also the keys that move by a page of rows, or to an end of the list. */
export function listKeys(count: number, active: number, moveTo: MoveTo): KeyMap {
  return {
    ...stepKeys(count, active, moveTo),
    PageDown: mover(count, active, moveTo, 15),
    PageUp: mover(count, active, moveTo, -15),
    Home: mover(count, active, moveTo, -count),
    End: mover(count, active, moveTo, count),
  }
}

function mover(count: number, active: number, moveTo: MoveTo, by: number) {
  return () => count > 0 && moveTo(active < 0 ? 0 : Math.max(0, Math.min(count - 1, active + by)))
}
