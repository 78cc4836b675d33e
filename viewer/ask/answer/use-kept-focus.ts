import type { RefObject } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

/**
 * Keeps the focus in an element whose content is replaced: a browser takes it away from an element that is moved, and from
 * one that is removed. Call it in the component that renders the content. `successors` are selectors for the element that
 * gets the focus of a removed one, the best first.
 */
export function useKeptFocus(
  box: RefObject<HTMLElement | null>,
  successors: (focused: Element) => readonly string[],
): void {
  const before = useRef<{ readonly element: HTMLElement; readonly successors: readonly string[] }>(undefined)
  // While rendering: the commit changes the document.
  const { activeElement } = document
  const isInside = activeElement instanceof HTMLElement && box.current?.contains(activeElement)
  before.current = isInside ? { element: activeElement, successors: successors(activeElement) } : undefined
  useLayoutEffect(() => {
    const focused = before.current
    before.current = undefined
    if (!focused || (document.activeElement && document.activeElement !== document.body)) return
    const found = focused.successors.map((selector) => box.current?.querySelector<HTMLElement>(selector))
    const next = focused.element.isConnected ? focused.element : (found.find((one) => one) ?? box.current)
    next?.focus({ preventScroll: true })
  })
}
