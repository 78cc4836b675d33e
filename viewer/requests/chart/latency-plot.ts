import uPlot from 'uplot'
import { duration } from '../../../analysis/format.ts'
import type { LatencyPoint } from '../../../contracts/sandbox/lists.ts'
import { timeTicks } from '../../charts/time-ticks.ts'
import { durationTicks } from './duration-ticks.ts'
import { type Frame, LEAST_MS } from './frame.ts'

export const HEIGHT = 132
/** Pixels of time axis for one label, and for one with milliseconds. */
const LABEL_SPACE = 72
const LONG_LABEL_SPACE = 110
/** A shorter range of time has milliseconds. ms */
const SHORT_MS = 10_000
/** Pixels of duration axis for one label. */
const LABEL_HEIGHT = 17
/** How far inside the frame a point is drawn that is outside: a part of the axis. */
const EDGE = 0.012
/** A smaller selection is a click. Pixels */
const LEAST_SELECTION_PX = 4

/** A rectangle in the chart. Epoch ms; ms, without them the whole height. */
export interface Selection {
  readonly sinceMs: number
  readonly untilMs: number
  readonly min?: number
  readonly max?: number
}

/** `frame` gives the axes when they are drawn; `onSelect` gets what the user has drawn. */
export function createPlot(
  element: HTMLElement,
  frame: () => Frame,
  onSelect: (selection: Selection) => void,
): uPlot {
  // A canvas needs colours without light-dark(): the element's own colour is computed, a variable is not.
  const colour = (name: string) => {
    element.style.color = `var(${name})`
    return getComputedStyle(element).color
  }
  const axis = {
    stroke: colour('--soft'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  }
  // Without a border in another colour: uPlot draws all borders after all fills, which erases points that overlap.
  const dots = (name: string) => {
    const fill = colour(name)
    return { paths: () => null, points: { show: true, size: 5, fill, stroke: fill, width: 0 } }
  }
  const ring = {
    paths: () => null,
    points: { show: true, size: 8, fill: 'transparent', stroke: colour('--warn'), width: 2 },
  }
  const times = (plot: uPlot) => {
    const { fromMs, toMs } = frame()
    const space = toMs - fromMs < SHORT_MS ? LONG_LABEL_SPACE : LABEL_SPACE
    return timeTicks(fromMs, toMs, Math.max(2, plot.over.clientWidth / space))
  }
  return new uPlot(
    {
      width: element.clientWidth,
      height: HEIGHT,
      padding: [8, LABEL_SPACE / 2, 0, 0],
      legend: { show: false },
      cursor: { points: { show: false }, drag: { x: true, y: true, uni: 24, setScale: false }, y: false },
      scales: {
        x: { range: () => [frame().fromMs / 1_000, frame().toMs / 1_000] },
        y: { distr: 3, range: () => [frame().lowMs, frame().highMs] },
      },
      axes: [
        {
          ...axis,
          size: 24,
          splits: (plot) => times(plot).map(({ atMs }) => atMs / 1_000),
          values: (plot) => times(plot).map(({ label }) => label),
        },
        {
          ...axis,
          size: 62,
          splits: (plot, __, low, high) => durationTicks(low, high, plot.over.clientHeight / LABEL_HEIGHT),
          // All of them: uPlot hides some labels of a logarithmic axis.
          filter: (_, splits) => splits,
          values: (_, splits) => splits.map((ms) => duration(ms)),
        },
      ],
      series: [{}, dots('--ok-dot'), dots('--bad-dot'), ring],
      hooks: {
        setSelect: [
          (plot) => {
            const { left, top, width, height } = plot.select
            if (width < LEAST_SELECTION_PX && height < LEAST_SELECTION_PX) return
            const time = (at: number) => Math.round(plot.posToVal(at, 'x') * 1_000)
            const ms = (at: number) => Number(plot.posToVal(at, 'y').toPrecision(3))
            const isWholeHeight = height >= plot.over.clientHeight - 2
            onSelect({
              sinceMs: time(left),
              untilMs: time(left + width),
              ...(!isWholeHeight && { min: ms(top + height), max: ms(top) }),
            })
          },
        ],
      },
    },
    dataOf([], frame()),
    element,
  )
}

/** Good, failed, and those that are outside the frame and drawn at its edge. */
export function dataOf(points: readonly LatencyPoint[], frame: Frame): uPlot.AlignedData {
  const { fromMs, toMs, lowMs, highMs } = frame
  const [inFrom, inTo] = [fromMs + (toMs - fromMs) * EDGE, toMs - (toMs - fromMs) * EDGE]
  const step = (highMs / lowMs) ** (3 * EDGE)
  const sorted = points.toSorted(([a], [b]) => a - b)
  const isInside = ([startMs, ms]: LatencyPoint) =>
    startMs >= fromMs && startMs <= toMs && Math.max(ms, LEAST_MS) >= lowMs && ms <= highMs
  const y = (isDrawn: (point: LatencyPoint) => boolean) =>
    sorted.map((point) =>
      isDrawn(point) ? Math.max(lowMs * step, Math.min(highMs / step, Math.max(point[1], LEAST_MS))) : null,
    )
  return [
    sorted.map(([startMs]) => Math.max(inFrom, Math.min(inTo, startMs)) / 1_000),
    y((point) => isInside(point) && !point[2]),
    y((point) => isInside(point) && point[2] === 1),
    y((point) => !isInside(point)),
  ]
}

/** Draws a selection; without one, removes it. */
export function drawSelection(plot: uPlot, selection: Selection | undefined): void {
  if (!selection) {
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
    return
  }
  plot.root.ownerDocument.defaultView?.requestAnimationFrame(() => {
    if (!plot.over.isConnected) return
    const { clientWidth: width, clientHeight: height } = plot.over
    const within = (at: number, most: number) => Math.max(0, Math.min(most, at))
    const left = within(plot.valToPos(selection.sinceMs / 1_000, 'x'), width)
    const right = within(plot.valToPos(selection.untilMs / 1_000, 'x'), width)
    const { max, min = 0 } = selection
    const top = max === undefined ? 0 : within(plot.valToPos(max, 'y'), height)
    const bottom = max === undefined ? height : within(plot.valToPos(Math.max(min, LEAST_MS), 'y'), height)
    plot.setSelect({ left, top, width: right - left, height: bottom - top }, false)
  })
}
