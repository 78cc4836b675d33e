import { useEffect, useRef, useState } from 'preact/hooks'

/** The actions of keys, by `KeyboardEvent.key`. */
export type KeyMap = Readonly<Record<string, (event: KeyboardEvent) => void>>

/** Keys of the whole page, except in text fields, with a modifier, or in a dialog. */
export function useKeys(keys: KeyMap): void {
  const map = useRef(keys)
  map.current = keys
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return
      const { target } = event
      if (target instanceof HTMLElement && target.closest('dialog')) return
      const isWriting = target instanceof HTMLElement && target.matches('input, textarea, select')
      if (isWriting && event.key !== 'Escape') return
      // Enter and the space bar activate the focused element.
      const isPressed = target instanceof HTMLElement && target.matches('a, button, summary')
      if (isPressed && (event.key === 'Enter' || event.key === ' ')) return
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

/** The keys that move the cursor of a list by one row. */
export function listKeys(move: (by: number) => void): KeyMap {
  return { j: () => move(1), k: () => move(-1), ArrowDown: () => move(1), ArrowUp: () => move(-1) }
}
