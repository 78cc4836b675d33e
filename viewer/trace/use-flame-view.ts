import { useLayoutEffect, useState } from 'preact/hooks'
import { isDark } from '../shell/theme.ts'
import type { FlameColours } from './flame-paint.ts'

interface Reference {
  readonly current: HTMLElement | null
}

/** The visible part, which follows the box's size and scrolling. The height of a level follows the font's size. */
export function useFlameView(box: Reference, canvas: Reference) {
  const [view, setView] = useState({ width: 0, height: 0, scrollTop: 0, fontSize: 12 })
  const measure = () => {
    if (!box.current || !canvas.current) return
    const { clientHeight: height, scrollTop } = box.current
    const fontSize = Number.parseFloat(getComputedStyle(box.current).fontSize) || 12
    setView({ width: canvas.current.clientWidth, height, scrollTop, fontSize })
  }
  useLayoutEffect(() => {
    if (!box.current) return
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(box.current)
    return () => observer.disconnect()
  }, [])
  return { ...view, levelHeight: Math.round(view.fontSize * 1.75), onScroll: measure }
}

/** Colours of the theme that the page has now. */
export function useFlameColours(
  box: Reference,
  colourOf: (service: string) => string,
): FlameColours | undefined {
  const dark = isDark.value
  const [colours, setColours] = useState<FlameColours>()
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    // A canvas needs colours without light-dark(): the element's own colour is computed, a variable is not.
    const computed = (css: string) => {
      element.style.color = css
      const { color } = getComputedStyle(element)
      element.style.color = ''
      return color
    }
    const fills = new Map<string, string>()
    const fill = (service: string) => {
      const known = fills.get(service)
      if (known) return known
      // Pale, so that the label in the colour of text is readable on each.
      const colour = computed(`color-mix(in srgb, ${colourOf(service)} 38%, var(--surface))`)
      fills.set(service, colour)
      return colour
    }
    setColours({
      ink: computed('var(--ink)'),
      soft: computed('var(--soft)'),
      surface: computed('var(--surface)'),
      bad: computed('var(--bad)'),
      accent: computed('var(--accent)'),
      fill,
    })
  }, [dark, colourOf])
  return colours
}
