import { useEffect } from 'preact/hooks'
import { fragment } from '../shell/router.ts'

/** Scrolls the element that the address's fragment names (`#xray`, `#differences`) into view. */
export function useFragment(panels: { readonly current: HTMLElement | null }): void {
  const wanted = fragment.value
  useEffect(() => {
    if (!/^[a-z]+$/.test(wanted)) return
    const target = document.getElementById(wanted)
    if (!target || !panels.current) return
    // Honeycomb is the first lens: at the top of the page, the page's head is visible too.
    if (wanted === 'honeycomb') document.querySelector('.shell')?.scrollTo({ top: 0 })
    else target.scrollIntoView({ block: 'start' })
    for (const lens of panels.current.querySelectorAll('.lens'))
      lens.classList.toggle('aimed', lens === target)
  }, [wanted, panels])
}
