import { duration } from '../../analysis/format.ts'
import type { Range } from '../../analysis/trace/axis.ts'
import type { Stretch } from '../../analysis/trace/critical-path.ts'
import type { PlacedRow } from '../../analysis/trace/rows.ts'
import type { Flame, Frame } from './flame-layout.ts'

/** Colours that a canvas understands. */
export interface FlameColours {
  readonly ink: string
  readonly soft: string
  readonly surface: string
  readonly bad: string
  readonly accent: string
  /** A frame's, by its service. */
  readonly fill: (service: string) => string
}

export interface FlameView {
  readonly range: Range
  /** CSS pixels; of the visible part. */
  readonly width: number
  readonly height: number
  readonly scrollTop: number
  /** CSS pixels. */
  readonly levelHeight: number
  readonly fontSize: number
  readonly selected: Frame | undefined
  readonly hovered: Frame | undefined
  readonly matches: ((row: PlacedRow) => boolean) | undefined
  readonly critical: ReadonlyMap<string, readonly Stretch[]> | undefined
  readonly labelOf: (row: PlacedRow) => string
  readonly colours: FlameColours
}

/** All in CSS pixels. */
const LEAST_WIDTH = 2
const LEAST_LABEL_WIDTH = 28
const LEAST_TOOK_WIDTH = 170
const PADDING = 4
const CRITICAL_HEIGHT = 3

/** Draws the visible part. Of frames narrower than a pixel, one is drawn for all that share the pixel. */
export function paintFlame(canvas: HTMLCanvasElement, flame: Flame, view: FlameView): void {
  const ratio = devicePixelRatio
  canvas.width = Math.round(view.width * ratio)
  canvas.height = Math.round(view.height * ratio)
  const context = canvas.getContext('2d')
  if (!context) return
  context.scale(ratio, ratio)
  context.font = `${view.fontSize}px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif`
  context.textBaseline = 'middle'
  const first = Math.max(0, Math.floor(view.scrollTop / view.levelHeight))
  const last = Math.min(
    flame.levels.length - 1,
    Math.floor((view.scrollTop + view.height) / view.levelHeight),
  )
  for (let level = first; level <= last; level++) paintLevel(context, flame.levels[level] ?? [], level, view)
}

function paintLevel(
  context: CanvasRenderingContext2D,
  frames: readonly Frame[],
  level: number,
  view: FlameView,
) {
  const { range, width } = view
  const top = level * view.levelHeight - view.scrollTop
  const scale = width / (range.toMs - range.fromMs)
  let drawnTo = Number.NEGATIVE_INFINITY
  for (const frame of frames) {
    const { startMs, endMs, isError } = frame.row
    const left = (startMs - range.fromMs) * scale
    const right = (endMs - range.fromMs) * scale
    if (right < -LEAST_WIDTH || left > width) continue
    const isMarked = isError || frame === view.selected || frame === view.hovered
    if (right < drawnTo && !isMarked) continue
    // Beyond the visible part nothing needs to be drawn, and large numbers lose precision.
    const [from, to] = [Math.max(left, -PADDING), Math.min(right, width + PADDING)]
    paintFrame(context, frame, { left: from, top, width: Math.max(to - from, LEAST_WIDTH) }, view, scale)
    drawnTo = Math.max(drawnTo, left + 1)
  }
}

interface Box {
  readonly left: number
  readonly top: number
  readonly width: number
}

function paintFrame(
  context: CanvasRenderingContext2D,
  frame: Frame,
  { left, top, width }: Box,
  view: FlameView,
  scale: number,
) {
  const { colours, levelHeight } = view
  const { row } = frame
  const height = levelHeight - 1
  // A gap keeps neighbours apart, where there is room for one.
  const inner = width > 4 ? width - 1 : width
  context.globalAlpha = view.matches && !view.matches(row) ? 0.3 : 1
  context.fillStyle = row.isError && width < 8 ? colours.bad : colours.fill(row.service)
  context.fillRect(left, top, inner, height)
  for (const { fromMs, toMs } of view.critical?.get(row.id) ?? []) {
    const from = Math.max(left, (fromMs - view.range.fromMs) * scale)
    const to = Math.min(left + inner, (toMs - view.range.fromMs) * scale)
    if (to <= from) continue
    context.fillStyle = colours.ink
    context.fillRect(from, top + height - CRITICAL_HEIGHT, Math.max(to - from, 1), CRITICAL_HEIGHT)
  }
  if (width >= LEAST_LABEL_WIDTH) paintLabel(context, row, { left, top, width: inner }, view)
  const isSelected = frame === view.selected
  if (row.isError && width >= 8) outline(context, colours.bad, 1.5, [left, top, inner, height])
  if (row.isInProgress || row.isOrphan) {
    context.setLineDash([2, 2])
    const edge = row.isInProgress ? left + inner - 1 : left + 0.5
    line(context, colours.ink, edge, top, height)
    context.setLineDash([])
  }
  context.globalAlpha = 1
  if (isSelected) {
    outline(context, colours.surface, 4, [left, top, inner, height])
    outline(context, colours.accent, 2.5, [left, top, inner, height])
  } else if (frame === view.hovered) outline(context, colours.ink, 1, [left, top, inner, height])
}

function paintLabel(
  context: CanvasRenderingContext2D,
  row: PlacedRow,
  { left, top, width }: Box,
  view: FlameView,
) {
  const { colours, levelHeight } = view
  // The label of a frame that begins further left is where its visible part begins.
  const from = Math.max(left, 0) + PADDING
  const to = Math.min(left + width, view.width) - PADDING
  if (to - from < LEAST_LABEL_WIDTH - 2 * PADDING) return
  const middle = top + (levelHeight - CRITICAL_HEIGHT + 1) / 2
  context.save()
  context.beginPath()
  context.rect(from, top, to - from, levelHeight)
  context.clip()
  let end = to
  if (to - from > LEAST_TOOK_WIDTH) {
    const took = row.isInProgress ? 'in progress' : duration(row.endMs - row.startMs)
    context.textAlign = 'right'
    context.fillStyle = colours.ink
    context.fillText(took, to, middle)
    end = to - context.measureText(took).width - 2 * PADDING
    context.textAlign = 'left'
  }
  let start = from
  if (row.isError) {
    context.fillStyle = colours.bad
    context.fillText('✕', start, middle)
    start += context.measureText('✕ ').width
  }
  context.fillStyle = colours.ink
  context.fillText(fitting(context, view.labelOf(row), end - start), start, middle)
  context.restore()
}

const MAX_LABEL = 300

/** The text, shortened to a width in pixels. */
function fitting(context: CanvasRenderingContext2D, text: string, width: number): string {
  const short = text.slice(0, MAX_LABEL) || '(no name)'
  if (context.measureText(short).width <= width) return short
  let [low, high] = [0, short.length]
  while (low < high) {
    const middle = (low + high + 1) >> 1
    if (context.measureText(`${short.slice(0, middle)}…`).width <= width) low = middle
    else high = middle - 1
  }
  return low > 0 ? `${short.slice(0, low)}…` : ''
}

function outline(
  context: CanvasRenderingContext2D,
  colour: string,
  thickness: number,
  [left, top, width, height]: readonly [number, number, number, number],
) {
  context.strokeStyle = colour
  context.lineWidth = thickness
  const inset = thickness / 2
  context.strokeRect(
    left + inset,
    top + inset,
    Math.max(width - thickness, 0.5),
    Math.max(height - thickness, 0.5),
  )
}

function line(context: CanvasRenderingContext2D, colour: string, x: number, top: number, height: number) {
  context.strokeStyle = colour
  context.lineWidth = 1.5
  context.beginPath()
  context.moveTo(x, top)
  context.lineTo(x, top + height)
  context.stroke()
}
