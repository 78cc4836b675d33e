import { useComputed, useSignal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks'
import { plural } from '../../analysis/format.ts'
import type { Range } from '../../analysis/questions/lines.ts'
import { timesInWords } from '../../analysis/times.ts'
import type { Heatmap } from '../../contracts/sandbox/query.ts'
import { LEAST_DRAG_PX, useMedia } from '../shell/browser.ts'
import { isDark } from '../shell/theme.ts'
import { type Area, areaOfCells, type Cell, type Cells, cellsOfArea, eventsIn } from './area.ts'
import { heatColours } from './heat-colours.ts'
import { HeatmapAxes } from './heatmap-axes.tsx'
import { HEATMAP_STEPS } from './heatmap-keys.ts'
import { HeatmapLegend } from './heatmap-legend.tsx'
import { HeatmapMarks } from './heatmap-marks.tsx'
import { mostEvents, paintHeatmap } from './heatmap-paint.ts'
import { GUTTER, RIGHT, useWidth } from './plot.ts'
import { useHold } from './use-hold.ts'

const HEIGHT = 240

interface Props {
  readonly heatmap: Heatmap
  readonly range: Range
  /** What the heatmap is about. */
  readonly title: string
  /** By default the title. */
  readonly heading?: string
  /** A value with its unit. */
  readonly format: (value: number) => string
  /** A value on the axis, which has little room; by default `format`. */
  readonly formatOnAxis?: (value: number) => string
  /** What a cell counts: `event`. */
  readonly counted: string
  /** What happens to the selection: `compares it with the rest`, and as a request: `to compare its events with the rest`. */
  readonly selecting: { readonly does: string; readonly purpose: string }
  /** The selected part. */
  readonly area: Area | undefined
  readonly onSelect: (area: Area | undefined) => void
  /** Above the cells, as large as they are. */
  readonly marks?: ComponentChildren
  /** Below the heatmap. */
  readonly children?: ComponentChildren
}

/** Events by time and value. Drawing a rectangle, with pointer or keys, selects a part. */
export function HeatmapView(props: Props) {
  const { heatmap, range, title, format, area, onSelect } = props
  const { place, width } = useWidth<HTMLDivElement>()
  const canvas = useRef<HTMLCanvasElement>(null)
  const dark = isDark.value
  const colours = useMemo(() => heatColours(dark), [dark])
  const most = useMemo(() => mostEvents(heatmap), [heatmap])
  const size = { width: Math.max(0, width - GUTTER - RIGHT), height: HEIGHT }
  useLayoutEffect(() => {
    if (canvas.current && size.width > 0) paintHeatmap(canvas.current, heatmap, size, colours)
  }, [heatmap, size.width, colours])

  /** Under the pointer. */
  const hovered = useSignal<Cell | undefined>(undefined)
  /** Between the place where the pointer went down, or Shift was pressed first, and the present one. */
  const drawn = useSignal<Cells | undefined>(undefined)
  /** What the keys have reached, for screen readers. */
  const spoken = useSignal('')
  const down = useRef<{ readonly x: number; readonly y: number; readonly cell: Cell; isDrag: boolean }>(
    undefined,
  )
  const plot = useRef<HTMLDivElement>(null)
  useHold(plot, () => {
    const start = down.current
    if (!start) return
    start.isDrag = true
    drawn.value = { from: start.cell, to: start.cell }
  })
  const before = useRef({ heatmap, range })
  // In the commit of the new cells: a later effect could disturb what the user has begun to draw in them.
  useLayoutEffect(() => {
    const cells = drawn.peek()
    if (cells) {
      const values = areaOfCells(before.current.heatmap, before.current.range, cells)
      drawn.value = cellsOfArea(heatmap, range, values)
    }
    hovered.value = undefined
    before.current = { heatmap, range }
  }, [heatmap])
  const selected = useMemo(() => area && cellsOfArea(heatmap, range, area), [heatmap, range, area])

  const [columns, rows] = [heatmap.timesMs.length, heatmap.edges.length - 1]
  const cellAt = ({ clientX, clientY }: PointerEvent, plot: HTMLElement): Cell => {
    const box = plot.getBoundingClientRect()
    const part = (at: number, whole: number, cells: number) =>
      Math.max(0, Math.min(cells - 1, Math.floor((at / whole) * cells)))
    return {
      column: part(clientX - box.left, box.width, columns),
      row: rows - 1 - part(clientY - box.top, box.height, rows),
    }
  }
  const select = (cells: Cells) => {
    drawn.value = undefined
    onSelect(areaOfCells(heatmap, range, cells))
  }
  const clear = () => {
    drawn.value = undefined
    if (area) onSelect(undefined)
  }
  /** Where the keys begin: the cell with the most events. */
  const cursor = (): Cells => ({ from: fullest(heatmap), to: fullest(heatmap) })
  const move = (cells: Cells) => {
    drawn.value = cells
    spoken.value = inWords(props, cells)
  }
  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const cells = drawn.value ?? selected ?? cursor()
    const step = HEATMAP_STEPS[event.key]
    if (step) {
      const within = (at: number, count: number) => Math.max(0, Math.min(count - 1, at))
      const to = {
        column: within(cells.to.column + step[0], columns),
        row: within(cells.to.row + step[1], rows),
      }
      move({ from: event.shiftKey ? cells.from : to, to })
    } else if (event.key === 'Enter') select(cells)
    else if (event.key === 'Escape' && (drawn.value || area)) clear()
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  const axes = useMemo(
    () => (
      <HeatmapAxes
        {...{ heatmap, range }}
        format={props.formatOnAxis ?? format}
        width={size.width}
        height={HEIGHT}
      />
    ),
    [heatmap, range, size.width],
  )
  const shown = useComputed(
    () => drawn.value ?? (hovered.value && { from: hovered.value, to: hovered.value }),
  )
  const text = useComputed(() => (shown.value ? inWords(props, shown.value) : ''))
  return (
    <figure class="heat" aria-label={`Heatmap of ${title}`}>
      <figcaption class="line plot-head">
        <h2>
          <span class="sr">{props.heading ? `${title}: ` : 'Heatmap of '}</span>
          {props.heading ?? title}
        </h2>
        <span class="soft small" aria-hidden="true">
          {useMedia('(pointer: coarse)')
            ? `Hold or draw a rectangle sideways ${props.selecting.purpose}`
            : `Draw a rectangle ${props.selecting.purpose}`}
        </span>
        <HeatmapLegend {...{ most, colours }} counted={props.counted} />
      </figcaption>
      <div ref={place} class="heat-box">
        {axes}
        <div
          ref={plot}
          class="heat-plot"
          style={{ left: `${GUTTER}px`, width: `${size.width}px`, height: `${HEIGHT}px` }}
          role="application"
          aria-roledescription="heatmap"
          aria-label={`${title} by time: ${plural(columns, 'column')} of time, ${plural(rows, 'row')} of values from ${format(heatmap.edges[0] ?? 0)} to ${format(heatmap.edges.at(-1) ?? 0)}. Arrow keys move between cells, with Shift they extend the selection, Enter ${props.selecting.does}, Escape clears it.`}
          tabIndex={0}
          onKeyDown={onKey}
          onFocus={({ currentTarget }) => {
            if (!selected && currentTarget.matches(':focus-visible')) move(cursor())
          }}
          onBlur={() => {
            drawn.value = undefined
          }}
          onPointerDown={(event) => {
            if (event.button !== 0) return
            event.currentTarget.setPointerCapture(event.pointerId)
            const cell = cellAt(event, event.currentTarget)
            down.current = { x: event.clientX, y: event.clientY, cell, isDrag: false }
          }}
          onPointerMove={(event) => {
            const cell = cellAt(event, event.currentTarget)
            const start = down.current
            if (!start) hovered.value = cell
            else if (start.isDrag || isDrag(start, event)) {
              start.isDrag = true
              drawn.value = { from: start.cell, to: cell }
            }
          }}
          onPointerUp={(event) => {
            const start = down.current
            down.current = undefined
            hovered.value = undefined
            if (!start) return
            if (start.isDrag) select({ from: start.cell, to: cellAt(event, event.currentTarget) })
            else {
              clear()
              drawn.value = { from: start.cell, to: start.cell }
            }
          }}
          onPointerCancel={() => {
            down.current = undefined
            drawn.value = undefined
          }}
          onPointerLeave={() => {
            hovered.value = undefined
          }}
        >
          <canvas ref={canvas} />
          <HeatmapMarks columns={columns} rows={rows} selected={selected} cells={shown} text={text} />
        </div>
        {props.marks && (
          <div
            class="heat-links"
            aria-hidden="true"
            style={{ left: `${GUTTER}px`, width: `${size.width}px`, height: `${HEIGHT}px` }}
          >
            {props.marks}
          </div>
        )}
      </div>
      <p class="sr" role="status">
        {spoken}
      </p>
      {props.children}
    </figure>
  )
}

function isDrag(from: { readonly x: number; readonly y: number }, to: PointerEvent): boolean {
  return Math.hypot(to.clientX - from.x, to.clientY - from.y) >= LEAST_DRAG_PX
}

/** The cell with the most events. */
function fullest(heatmap: Heatmap): Cell {
  const rows = heatmap.edges.length - 1
  const index = Math.max(0, heatmap.counts.indexOf(mostEvents(heatmap)))
  return { column: Math.floor(index / rows), row: index % rows }
}

function inWords({ heatmap, range, format, counted }: Props, cells: Cells): string {
  const { start, end, min, max } = areaOfCells(heatmap, range, cells)
  const events = Math.round(eventsIn(heatmap, cells))
  return `${timesInWords(start, end)} · ${format(min)} – ${format(max)} · ${plural(events, counted)}`
}
