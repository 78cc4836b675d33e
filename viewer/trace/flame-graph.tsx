import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import type { Lens } from '../../contracts/trace-links.ts'
import { duration, percent, plural } from '../shell/format.ts'
import { LENS_NAMES } from '../shell/providers.ts'
import { isDark } from '../shell/theme.ts'
import type { Range } from './axis.ts'
import type { Stretch } from './critical-path.ts'
import { type Direction, type Frame, frameAt, layOutFlame, neighbour, siblingsOf } from './flame-layout.ts'
import { type FlameColours, paintFlame } from './flame-paint.ts'
import { type PlacedRow, type Selection, selectedIndex } from './rows.ts'

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
  const view = useView(box, canvas)
  const colours = useColours(box, props.colourOf)
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
        <Readout frame={hovered ?? selected} {...props} />
        <p class="flame-buttons">
          <button
            type="button"
            class="link"
            disabled={!selected}
            onClick={() => selected && zoomTo(selected)}
          >
            Zoom in
          </button>
          <button type="button" class="link" disabled={!zoom} onClick={zoomOut}>
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
        <canvas
          ref={canvas}
          class={hovered ? 'pointed' : ''}
          style={{ height: `${height}px` }}
          aria-hidden="true"
        />
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
            {spokenText(spoken, props)}
          </div>
        )}
      </div>
    </div>
  )
}

type Facts = Pick<Props, 'critical' | 'labelOf' | 'rows'>

function spokenText({ row, children }: Frame, { critical, labelOf }: Facts): string {
  return [
    labelOf(row).slice(0, 200) || '(no name)',
    row.service,
    tookText(row),
    ...(row.isError ? ['error'] : []),
    ...(row.isOrphan ? ['its parent is not here'] : []),
    ...(critical?.has(row.id) ? ['on the critical path'] : []),
    plural(children.length, 'child', 'children'),
  ].join(', ')
}

function tookText({ isInProgress, startMs, endMs }: PlacedRow): string {
  return isInProgress ? 'in progress' : duration(endMs - startMs)
}

/** What the pointer or the keys have reached. */
function Readout({ frame, ...props }: Facts & { readonly frame: Frame | undefined }) {
  if (!frame)
    return (
      <p class="soft small">
        Width is time. Point at a frame to read it, click to select it. Arrow keys move, Enter or a double
        click zooms in, Escape goes back.
      </p>
    )
  const { row, children } = frame
  const critical = props.critical?.get(row.id)
  const criticalMs = critical?.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0) ?? 0
  const rootMs = rootDuration(frame)
  return (
    <div class="flame-readout">
      <b>{props.labelOf(row).slice(0, 200) || '(no name)'}</b>
      <p class="soft small">
        {row.service.slice(0, 80)}
        {row.note && ` · ${row.note.slice(0, 60)}`}
      </p>
      <p class="small">
        {tookText(row)}
        {frame.parent && rootMs > 0 && ` (${percent((row.endMs - row.startMs) / rootMs)} of its root)`}, from{' '}
        {duration(row.startMs)}
        {children.length > 0 && `, ${plural(children.length, 'child', 'children')}`}
      </p>
      {criticalMs > 0 && <p class="small">Critical path: {duration(criticalMs)} here</p>}
      {row.isError && <p class="small bad">✕ error</p>}
      {row.isOrphan && <p class="small">Its parent is not here</p>}
    </div>
  )
}

/** Milliseconds. */
function rootDuration(frame: Frame): number {
  let root = frame
  while (root.parent) root = root.parent
  return root.row.endMs - root.row.startMs
}

/** The zoomed range, moved to a record that is outside it. */
function panned(zoom: Range, { startMs, endMs }: PlacedRow): Range {
  if (endMs >= zoom.fromMs && startMs <= zoom.toMs) return zoom
  const half = Math.max(zoom.toMs - zoom.fromMs, endMs - startMs) / 2
  const middle = (startMs + endMs) / 2
  return { fromMs: middle - half, toMs: middle + half }
}

interface Reference {
  readonly current: HTMLElement | null
}

/** The visible part, which follows the box's size and scrolling. The height of a level follows the font's size. */
function useView(box: Reference, canvas: Reference) {
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
function useColours(box: Reference, colourOf: (service: string) => string): FlameColours | undefined {
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
