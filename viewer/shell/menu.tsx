import { signal } from '@preact/signals'
import { useLayoutEffect, useRef } from 'preact/hooks'

export interface Action {
  readonly name: string
  readonly act: () => void
}

interface Opened {
  readonly label: string
  readonly anchor: HTMLElement
  readonly actions: readonly Action[]
  /** Where the pointer was, in the window; else the menu is below its anchor. */
  readonly at: { readonly x: number; readonly y: number } | undefined
}

const opened = signal<Opened | undefined>(undefined)
const MARGIN = 8

/**
 * Opens the page's menu at an element, which gets the focus back when the menu closes. Give the element
 * `aria-haspopup="menu"`.
 */
export function openMenu(
  anchor: HTMLElement,
  label: string,
  actions: readonly Action[],
  at?: { readonly x: number; readonly y: number },
): void {
  opened.value = { label, anchor, actions, at }
}

/** Where the menu appears. Once in a page. */
export function MenuPlace() {
  const menu = opened.value
  return menu && <Menu key={menu.label} {...menu} />
}

function close({ returnsFocus }: { readonly returnsFocus: boolean }): void {
  const anchor = opened.peek()?.anchor
  opened.value = undefined
  if (returnsFocus && anchor?.isConnected) anchor.focus({ preventScroll: true })
}

function Menu({ label, anchor, actions, at }: Opened) {
  const box = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    const first = anchor.getBoundingClientRect()
    const shift = at && { x: at.x - first.left, y: at.y - first.top }
    // The menu stays at its anchor while the page is scrolled.
    const place = () => {
      const { left, top, bottom } = anchor.getBoundingClientRect()
      const { x, y } = shift ? { x: left + shift.x, y: top + shift.y } : { x: left, y: bottom + 2 }
      const { offsetWidth: width, offsetHeight: height } = element
      const isAbove = y + height + MARGIN > innerHeight && y - height - MARGIN > 0
      element.style.left = `${Math.max(MARGIN, Math.min(x, innerWidth - width - MARGIN))}px`
      element.style.top = `${isAbove ? (shift ? y : top - 2) - height : y}px`
    }
    place()
    element.querySelector('button')?.focus({ preventScroll: true })
    anchor.setAttribute('aria-expanded', 'true')

    const onPointer = (event: Event) => {
      if (!(event.target instanceof Node && element.contains(event.target))) close({ returnsFocus: false })
    }
    addEventListener('pointerdown', onPointer, true)
    addEventListener('scroll', place, true)
    addEventListener('resize', place)
    return () => {
      removeEventListener('pointerdown', onPointer, true)
      removeEventListener('scroll', place, true)
      removeEventListener('resize', place)
      anchor.removeAttribute('aria-expanded')
    }
  }, [label, anchor, at])

  const move = (by: number) => {
    const buttons: Element[] = [...(box.current?.querySelectorAll('button') ?? [])]
    const now = document.activeElement ? buttons.indexOf(document.activeElement) : -1
    const next = buttons[(now + by + buttons.length) % buttons.length]
    if (next instanceof HTMLElement) next.focus()
  }
  return (
    <div
      ref={box}
      class="menu"
      role="menu"
      aria-label={label}
      onKeyDown={(event) => {
        const by = { ArrowDown: 1, ArrowUp: -1 }[event.key]
        if (by) move(by)
        else if (event.key === 'Escape') close({ returnsFocus: true })
        else if (event.key === 'Tab') return close({ returnsFocus: true })
        else return
        event.preventDefault()
        event.stopPropagation()
      }}
    >
      <p class="menu-label" aria-hidden="true">
        {label}
      </p>
      {actions.map(({ name, act }) => (
        <button
          key={name}
          type="button"
          role="menuitem"
          tabIndex={-1}
          onClick={() => {
            close({ returnsFocus: true })
            act()
          }}
        >
          {name}
        </button>
      ))}
    </div>
  )
}
