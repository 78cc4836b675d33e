import { useLayoutEffect, useRef, useState } from 'preact/hooks'

/** Pixels left of every plot, for the labels of its values, and right of it: charts and heatmaps share one time axis. */
export const GUTTER = 68
export const RIGHT = 14
/** Pixels of time axis for one label. */
export const LABEL_SPACE = 84

/** The width of an element in whole pixels; 0 until it is in the document. */
export function useWidth<Element extends HTMLElement>() {
  const place = useRef<Element>(null)
  const [width, setWidth] = useState(0)
  useLayoutEffect(() => {
    const element = place.current
    if (!element) return
    const measure = () => setWidth(element.clientWidth)
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return { place, width }
}
