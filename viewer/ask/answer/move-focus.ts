/** Arrow keys, Home and End move the focus between the buttons of a toolbar, of which only one is reached by Tab. */
export function moveFocus(event: KeyboardEvent): void {
  const { currentTarget, target, key } = event
  if (!(currentTarget instanceof HTMLElement) || !(target instanceof HTMLElement)) return
  const buttons: HTMLElement[] = [...currentTarget.querySelectorAll('button')]
  const now = buttons.indexOf(target)
  const last = buttons.length - 1
  const places: Readonly<Record<string, number>> = {
    ArrowDown: now + 1,
    ArrowRight: now + 1,
    ArrowUp: now - 1,
    ArrowLeft: now - 1,
    Home: 0,
    End: last,
  }
  const next = places[key]
  if (next === undefined || now < 0) return
  event.preventDefault()
  event.stopPropagation()
  const button = buttons[Math.max(0, Math.min(last, next))]
  for (const other of buttons) other.tabIndex = other === button ? 0 : -1
  button?.focus()
}
