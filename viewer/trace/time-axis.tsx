import { useRef, useState } from 'preact/hooks'
import { LEAST_DRAG_PX } from '../shell/browser.ts'
import { duration } from '../shell/format.ts'
import { percentOf, type Range, ticks } from './axis.ts'

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
            {duration(atMs)}
          </span>
        ))}
        {drag && (
          <i class="axis-drag" style={{ left: `${left * 100}%`, width: `${(right - left) * 100}%` }} />
        )}
      </div>
    </div>
  )
}
