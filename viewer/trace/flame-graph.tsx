import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { plural } from '../../analysis/format.ts'
import type { Range } from '../../analysis/trace/axis.ts'
import type { Stretch } from '../../analysis/trace/critical-path.ts'
import { type PlacedRow, type Selection, selectedIndex } from '../../analysis/trace/rows.ts'
import { LENS_NAMES, type Lens } from '../../contracts/trace-links.ts'
import { type Direction, type Frame, frameAt, layOutFlame, neighbour, siblingsOf } from './flame-layout.ts'
import { paintFlame } from './flame-paint.ts'
import { FlameReadout, frameText } from './flame-readout.tsx'
import { useFlameColours, useFlameView } from './use-flame-view.ts'

interface Props {
  readonly lens: Lens
  /** A tree as `placeRows` orders it, none of them folded. Log records are not drawn. */
  readonly rows: readonly PlacedRow[]
  /** The axis of time of all lenses, and what the user zoomed to. */
  readonly range: Range
  readonly zoom: Range | undefined
  readonly onZoom: (range: Range | undefined) => void
  readonly selection: Selection
  readonly onSelect: (row: PlacedRow) => void
  readonly matches: ((row: PlacedRow) => boolean) | undefined
  /** The CSS colour of a service. */
  readonly colourOf: (service: string) => string
  readonly critical: ReadonlyMap<string, readonly Stretch[]> | undefined
  /** What a frame is called, the telling part first. */
  readonly labelOf: (row: PlacedRow) => string
}

const DIRECTIONS: Readonly<Record<string, Direction>> = {
  ArrowUp: 'parent',
  ArrowDown: 'child',
  ArrowLeft: 'previous',
  ArrowRight: 'next',
}

/** How far beside a frame the pointer may be. px */
const POINTER_PX = 3
/** Of the frame's duration, at each side of a frame to which the user zooms. */
const ZOOM_MARGIN = 0.02
const LEAST_ZOOM_MS = 0.001

/** The spans or segments of one lens as frames, below their parents and as wide as they took, on the axis of all lenses. */
export function FlameGraph(props: Props) {
  const { rows, range, zoom, onZoom, selection, onSelect } = props
  const box = useRef<HTMLDivElement>(null)
  const canvas = useRef<HTMLCanvasElement>(null)
  const flame = useMemo(() => layOutFlame(rows), [rows])
  const frameRows = useMemo(() => flame.frames.map(({ row }) => row), [flame])
  const selected = flame.frames[selectedIndex(frameRows, selection)]
  const [hovered, setHovered] = useState<Frame>()
  const view = useFlameView(box, canvas)
  const colours = useFlameColours(box, props.colourOf)
  const { levelHeight } = view
  const totalHeight = flame.levels.length * levelHeight
  const height = Math.min(view.height, totalHeight)

  useLayoutEffect(() => {
    if (canvas.current && colours)
      paintFlame(canvas.current, flame, { ...props, ...view, height, selected, hovered, colours })
  })
  useLayoutEffect(() => {
    const element = box.current
    if (!element || !selected) return
    const top = selected.level * levelHeight
    if (top < element.scrollTop) element.scrollTop = top
    else if (top + levelHeight > element.scrollTop + element.clientHeight)
      element.scrollTop = top + levelHeight - element.clientHeight
  }, [selected, levelHeight])
  useEffect(() => setHovered(undefined), [flame, range])

  /** From where the user zoomed in; the last is where Escape leads. */
  const before = useRef<(Range | undefined)[]>([])
  if (!zoom) before.current = []
  const zoomTo = ({ row: { startMs, endMs } }: Frame) => {
    const margin = Math.max((endMs - startMs) * ZOOM_MARGIN, LEAST_ZOOM_MS)
    before.current.push(zoom)
    onZoom({ fromMs: startMs - margin, toMs: endMs + margin })
  }
  const zoomOut = () => onZoom(before.current.pop())
  const select = (frame: Frame) => {
    onSelect(frame.row)
    if (zoom) onZoom(panned(zoom, frame.row))
  }
  const pointedAt = (event: MouseEvent): Frame | undefined => {
    const place = canvas.current?.getBoundingClientRect()
    if (!place || place.width === 0) return undefined
    const msPerPx = (range.toMs - range.fromMs) / place.width
    const level = Math.floor((event.clientY - place.top + view.scrollTop) / levelHeight)
    return frameAt(flame, level, range.fromMs + (event.clientX - place.left) * msPerPx, POINTER_PX * msPerPx)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const direction = DIRECTIONS[event.key]
    if (direction) {
      const to = selected ? neighbour(flame, selected, direction) : flame.roots[0]
      if (to) select(to)
    } else if (event.key === 'Enter' && selected) zoomTo(selected)
    else if (event.key === 'Escape' && zoom) zoomOut()
    else return
    event.preventDefault()
  }

  const name = `${LENS_NAMES[props.lens]}: flame graph of ${plural(flame.frames.length, props.lens === 'xray' ? 'segment and subsegment' : 'span', props.lens === 'xray' ? 'segments and subsegments' : 'spans')}`
  const spoken = selected ?? flame.roots[0]
  const itemId = `${props.lens}-flame-${spoken?.row.key ?? ''}`
  return (
    <div class="flame">
      <div class="flame-side">
        <FlameReadout frame={hovered ?? selected} {...props} />
        <p class="flame-buttons">
          <button type="button" disabled={!selected} onClick={() => selected && zoomTo(selected)}>
            Zoom in
          </button>
          <button type="button" disabled={!zoom} onClick={zoomOut}>
            Zoom out
          </button>
        </p>
      </div>
      <div
        ref={box}
        class="flame-box"
        role="tree"
        aria-label={`${name}. The rows of the waterfall have the same content.`}
        aria-activedescendant={itemId}
        tabIndex={0}
        onScroll={view.onScroll}
        onKeyDown={onKeyDown}
        onPointerMove={(event) => setHovered(pointedAt(event))}
        onPointerLeave={() => setHovered(undefined)}
        onClick={(event) => {
          const frame = pointedAt(event)
          if (frame) onSelect(frame.row)
        }}
        onDblClick={(event) => {
          const frame = pointedAt(event)
          if (frame) zoomTo(frame)
        }}
      >
        <canvas ref={canvas} class={hovered ? 'pointed' : ''} style={{ height: `${height}px` }} />
        <div style={{ height: `${totalHeight - height}px` }} />
        {spoken && (
          <div
            id={itemId}
            key={itemId}
            class="sr"
            role="treeitem"
            aria-level={spoken.row.depth + 1}
            aria-setsize={siblingsOf(flame, spoken).length}
            aria-posinset={siblingsOf(flame, spoken).indexOf(spoken) + 1}
            aria-selected={spoken === selected}
          >
            {frameText(spoken, props)}
          </div>
        )}
      </div>
    </div>
  )
}

/** The zoomed range, moved to a record that is outside it. */
function panned(zoom: Range, { startMs, endMs }: PlacedRow): Range {
  if (endMs >= zoom.fromMs && startMs <= zoom.toMs) return zoom
  const half = Math.max(zoom.toMs - zoom.fromMs, endMs - startMs) / 2
  const middle = (startMs + endMs) / 2
  return { fromMs: middle - half, toMs: middle + half }
}
