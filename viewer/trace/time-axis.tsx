import { useRef, useState } from 'preact/hooks'
import { duration } from '../../analysis/format.ts'
import { percentOf, type Range, ticks } from '../../analysis/trace/axis.ts'
import { LEAST_DRAG_PX, useMedia } from '../shell/browser.ts'

/** The label of a later moment does not fit beside it; the second where the page is narrow. Percent of the axis. */
const LAST_LABEL = 92
const LAST_LABEL_IN_NARROW = 70

interface Props {
  readonly range: Range
  readonly isZoomed: boolean
  readonly onZoom: (range: Range | undefined) => void
}

/** The axis of time above all lenses. Dragging on it zooms. */
export function TimeAxis({ range, isZoomed, onZoom }: Props) {
  const strip = useRef<HTMLDivElement>(null)
  const [drag, setDrag] = useState<{ from: number; to: number }>()
  /** The dragged range, as parts of the axis. */
  const [left, right] = drag ? [Math.min(drag.from, drag.to), Math.max(drag.from, drag.to)] : [0, 0]
  const lastLabel = useMedia('(max-width: 45rem)') ? LAST_LABEL_IN_NARROW : LAST_LABEL
  const placeOf = (event: PointerEvent) => {
    const box = strip.current?.getBoundingClientRect()
    return box ? Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) : 0
  }
  return (
    <div class="axis">
      <span class="axis-name cut">
        {isZoomed ? (
          <button type="button" class="link" onClick={() => onZoom(undefined)}>
            Show the whole request
          </button>
        ) : (
          <span class="soft">One time axis for all providers; drag to zoom</span>
        )}
      </span>
      <div
        ref={strip}
        class="axis-strip"
        aria-hidden="true"
        onPointerDown={(event) => {
          event.currentTarget.setPointerCapture(event.pointerId)
          const at = placeOf(event)
          setDrag({ from: at, to: at })
        }}
        onPointerMove={(event) => drag && setDrag({ ...drag, to: placeOf(event) })}
        onPointerUp={() => {
          const width = strip.current?.clientWidth ?? 0
          if ((right - left) * width >= LEAST_DRAG_PX) {
            const moment = (part: number) => range.fromMs + part * (range.toMs - range.fromMs)
            onZoom({ fromMs: moment(left), toMs: moment(right) })
          }
          setDrag(undefined)
        }}
        onDblClick={() => onZoom(undefined)}
      >
        {ticks(range).map((atMs) => (
          <span key={atMs} class="tick" style={{ left: `${percentOf(range, atMs)}%` }}>
            {percentOf(range, atMs) <= lastLabel && duration(atMs)}
          </span>
        ))}
        {drag && (
          <i class="axis-drag" style={{ left: `${left * 100}%`, width: `${(right - left) * 100}%` }} />
        )}
      </div>
      <span class="axis-took soft">Duration</span>
    </div>
  )
}
