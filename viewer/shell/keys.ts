import { useEffect, useRef } from 'preact/hooks'

/** What a key does on a page; true when it did something. */
export type KeyMap = Readonly<Record<string, (event: KeyboardEvent) => void>>

/** Keys of the whole page: not while somebody writes, nor with a modifier, nor behind an open dialog. */
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
      // Enter and the space bar belong to whatever has the focus.
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
