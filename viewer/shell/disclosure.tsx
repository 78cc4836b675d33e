import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'

interface Props {
  readonly name: ComponentChildren
  readonly disabled?: boolean
  /** `close` also gives the focus back to the button. */
  readonly children: (close: () => void) => ComponentChildren
}

/** A button that opens a panel below it. Escape, a click elsewhere, and a focus elsewhere close it. */
export function Disclosure({ name, disabled = false, children }: Props) {
  const id = useId()
  const [isOpen, setOpen] = useState(false)
  const box = useRef<HTMLDivElement>(null)
  const button = useRef<HTMLButtonElement>(null)
  const close = () => {
    setOpen(false)
    button.current?.focus()
  }
  useEffect(() => {
    if (!isOpen) return
    const leave = ({ target }: Event) => {
      if (target instanceof Node && !box.current?.contains(target)) setOpen(false)
    }
    const leaveByKey = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return
      event.preventDefault()
      close()
    }
    const element = box.current
    element?.addEventListener('keydown', leaveByKey)
    addEventListener('pointerdown', leave)
    addEventListener('focusin', leave)
    return () => {
      element?.removeEventListener('keydown', leaveByKey)
      removeEventListener('pointerdown', leave)
      removeEventListener('focusin', leave)
    }
  }, [isOpen])
  return (
    <div ref={box} class="disclosure">
      <button
        ref={button}
        type="button"
        disabled={disabled}
        aria-expanded={isOpen}
        aria-controls={id}
        onClick={() => setOpen(!isOpen)}
      >
        {name} <span aria-hidden="true">▾</span>
      </button>
      <div id={id} class="disclosed" hidden={!isOpen}>
        {isOpen && children(close)}
      </div>
    </div>
  )
}
