import { type ComponentChildren, Fragment } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'

interface Props {
  readonly count: number
  /** Pixels, the same for every row. */
  readonly rowHeight: number
  /** The row that is scrolled into view. */
  readonly active: number
  /** A row without a key is drawn with the elements of one that was scrolled away; it has to be without state. */
  readonly render: (index: number) => ComponentChildren
  readonly onEnd?: () => void
  readonly onScroll?: (top: number) => void
  readonly role: 'grid' | 'treegrid'
  readonly label: string
  /** The id of the row that has the grid's focus. */
  readonly activeId: string | undefined
  readonly head?: ComponentChildren
  readonly className: string
}

const OVERSCAN_ROWS = 4

/** A scrolling list of rows of one height. Only visible rows are in the document. */
export function VirtualRows(props: Props) {
  const { count, rowHeight, active, onEnd } = props
  const box = useRef<HTMLDivElement>(null)
  const [view, setView] = useState({ top: 0, height: 600 })

  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    const measure = () => setView({ top: element.scrollTop, height: element.clientHeight })
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])

  useLayoutEffect(() => {
    const element = box.current
    if (!element || active < 0) return
    const headHeight = element.querySelector<HTMLElement>(':scope > .grid-head')?.offsetHeight ?? 0
    const top = active * rowHeight
    if (top < element.scrollTop) element.scrollTop = top
    else if (top + rowHeight + headHeight > element.scrollTop + element.clientHeight) {
      element.scrollTop = top + rowHeight + headHeight - element.clientHeight
    }
  }, [active, rowHeight])

  const from = Math.max(0, Math.floor(view.top / rowHeight) - OVERSCAN_ROWS)
  const to = Math.min(count, Math.ceil((view.top + view.height) / rowHeight) + OVERSCAN_ROWS)
  useEffect(() => {
    if (to >= count - OVERSCAN_ROWS) onEnd?.()
  }, [to, count, onEnd])

  const rows: ComponentChildren[] = []
  const slots = Math.ceil(view.height / rowHeight) + 1 + 2 * OVERSCAN_ROWS
  for (let index = from; index < to; index++)
    rows.push(<Fragment key={index % slots}>{props.render(index)}</Fragment>)
  return (
    <div
      ref={box}
      class={`rows ${props.className}`}
      role={props.role}
      aria-label={props.label}
      aria-rowcount={count}
      aria-activedescendant={props.activeId}
      tabIndex={0}
      onScroll={({ currentTarget }) => {
        setView({ top: currentTarget.scrollTop, height: currentTarget.clientHeight })
        props.onScroll?.(currentTarget.scrollTop)
      }}
    >
      {props.head}
      <div class="rows-space" role="rowgroup" style={{ height: `${count * rowHeight}px` }}>
        <div
          class="rows-window"
          role="presentation"
          style={{ transform: `translateY(${from * rowHeight}px)` }}
        >
          {rows}
        </div>
      </div>
    </div>
  )
}
