import { type Signal, signal } from '@preact/signals'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import { LEAST_DRAG_PX } from '../../shell/browser.ts'
import { isDark } from '../../shell/theme.ts'
import { ChartReadout, type Pointed } from './chart-readout.tsx'
import type { Group } from './groups.ts'
import { GUTTER, LABEL_SPACE, RIGHT, useWidth } from './plot.ts'
import { timeLabel, timeTicks } from './scales.ts'
import { type Lines, lonely } from './series.ts'
import { lineStyle } from './swatch.tsx'
import { formatNumber, type ShownCalculation, type Unit } from './values.ts'

const HEIGHT = 170
/** A line within this distance of the pointer is highlighted. Pixels */
const NEAR = 18
/** The pointer rests this long before the other lines fade, which draws all of them again. ms */
const REST_MS = 40

interface Props {
  readonly calculation: ShownCalculation
  readonly lines: Lines
  /** Those that are drawn. */
  readonly groups: readonly Group[]
  /** The place of the group whose line or row the pointer is on; -1 without one. */
  readonly highlighted: Signal<number>
  /** Unix s. */
  readonly onZoom: (start: number, end: number) => void
}

/** One calculation over time, with a line for each group. Dragging zooms. */
export function TimeChart({ calculation, lines, groups, highlighted, onZoom }: Props) {
  const { place, width } = useWidth<HTMLDivElement>()
  const pointed = useMemo(() => signal<Pointed | undefined>(undefined), [])
  const zoom = useRef(onZoom)
  zoom.current = onZoom
  const chart = useRef<uPlot>(undefined)
  const dark = isDark.value
  const { unit, name } = calculation
  const values = lines.values.get(name) ?? []
  const drawn = groups.length
  const hasWidth = width > 0

  useEffect(() => {
    const element = place.current
    if (!element || !hasWidth) return
    const plot = new uPlot(
      {
        ...optionsOf(element, drawn, unit),
        width: element.clientWidth,
        height: HEIGHT,
        hooks: {
          setSelect: [
            (plot) => {
              const { left, width } = plot.select
              if (width < LEAST_DRAG_PX) return
              plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
              zoom.current(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'))
            },
          ],
          setCursor: [
            (plot) => {
              const { idx, left = -1, top = -1 } = plot.cursor
              const isInside = idx !== null && idx !== undefined && left >= 0
              pointed.value = isInside ? { bucket: idx, left: left + GUTTER } : undefined
              highlighted.value = isInside && drawn > 1 ? nearest(plot, idx, top) : -1
            },
          ],
        },
      },
      dataOf(lines, values),
      element,
    )
    chart.current = plot
    let timer: ReturnType<typeof setTimeout> | undefined
    const unsubscribe = highlighted.subscribe((group) => {
      clearTimeout(timer)
      const series = group < 0 || group >= drawn ? null : group + 1
      timer = setTimeout(() => plot.setSeries(series, { focus: true }), REST_MS)
    })
    return () => {
      clearTimeout(timer)
      unsubscribe()
      plot.destroy()
      chart.current = undefined
      pointed.value = undefined
    }
  }, [hasWidth, dark, drawn, unit])

  // A new answer goes into the existing chart, so that a selection in progress is kept.
  useEffect(() => {
    chart.current?.setData(dataOf(lines, values))
  }, [lines, name, drawn])
  useEffect(() => {
    if (hasWidth) chart.current?.setSize({ width, height: HEIGHT })
  }, [width])

  return (
    <figure class="time-chart" aria-label={`${name} over time`}>
      <figcaption class="line plot-head">
        <h2>{name}</h2>
        <span class="sr">
          over time, {drawn === 1 ? 'one line' : `${drawn} lines`}. The table of results has the numbers.
        </span>
      </figcaption>
      <div ref={place} class="chart-box" aria-hidden="true">
        <ChartReadout {...{ pointed, lines, values, groups, unit, width, highlighted }} />
      </div>
    </figure>
  )
}

function optionsOf(element: HTMLElement, drawn: number, unit: Unit) {
  // A canvas needs colours without light-dark(): the element's own colour is computed, a variable is not.
  const colour = (name: string) => {
    element.style.color = `var(${name})`
    const computed = getComputedStyle(element).color
    element.style.color = ''
    return computed
  }
  const axis = {
    stroke: colour('--soft'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
    font: '11px system-ui, sans-serif',
  }
  const surface = colour('--surface')
  const series = Array.from({ length: drawn }, (_, group): uPlot.Series => {
    const { variable, dash } = lineStyle(group)
    const stroke = colour(variable)
    return {
      stroke,
      width: drawn === 1 ? 2 : 1.6,
      dash: [...dash],
      spanGaps: false,
      points: {
        show: false,
        size: 5,
        fill: stroke,
        stroke: surface,
        filter: (plot, index) => lonely((plot.data[index] ?? []) as (number | null)[]),
      },
    }
  })
  return {
    padding: [8, RIGHT, 0, 0] as uPlot.Padding,
    legend: { show: false },
    focus: { alpha: 0.18 },
    cursor: {
      y: false,
      points: { size: 6 },
      drag: { x: true, y: false, setScale: false },
    },
    scales: {
      x: { time: false, range: (plot: uPlot) => rangeOf(plot) },
      y: {
        range: (_: uPlot, low: number | null, high: number | null): uPlot.Range.MinMax => {
          const [least, most] = [Math.min(0, low ?? 0), Math.max(0, high ?? 1)]
          return least === most ? [0, 1] : [least * 1.05, most * 1.06]
        },
      },
    },
    axes: [
      {
        ...axis,
        size: 24,
        splits: (plot: uPlot, _: number, from: number, to: number) => timeTicks(from, to, labelsOf(plot)).at,
        values: (plot: uPlot, splits: number[]) => {
          const [from, to] = rangeOf(plot)
          const { step } = timeTicks(from, to, labelsOf(plot))
          return splits.map((at) => timeLabel(at, step))
        },
      },
      {
        ...axis,
        size: GUTTER,
        space: 34,
        values: (_: uPlot, splits: (number | null)[]) =>
          splits.map((at) => (at === null ? '' : formatNumber(at, unit))),
      },
    ],
    series: [{}, ...series],
  }
}

/** How many labels of time a chart has room for. */
function labelsOf({ width }: uPlot): number {
  return (width - GUTTER - RIGHT) / LABEL_SPACE
}

/** The group whose line is nearest to a height (pixels) at a bucket; -1 if none is near. */
function nearest(plot: uPlot, bucket: number, top: number): number {
  let [found, least] = [-1, NEAR]
  for (let series = 1; series < plot.data.length; series++) {
    const value = plot.data[series]?.[bucket] ?? null
    const distance = value === null ? Number.POSITIVE_INFINITY : Math.abs(plot.valToPos(value, 'y') - top)
    if (distance <= least) [found, least] = [series - 1, distance]
  }
  return found
}

/** From the start of the first bucket to the end of the last: the axis of the heatmaps. Points are in the middle. */
function rangeOf(plot: uPlot): [number, number] {
  const [middles] = plot.data
  const [first, last] = [middles[0] ?? 0, middles.at(-1) ?? 1]
  const half = middles.length > 1 ? ((middles[1] ?? 0) - first) / 2 : 0.5
  return [first - half, last + half]
}

function dataOf({ starts, granularity }: Lines, values: readonly (readonly (number | null)[])[]) {
  return [starts.map((start) => start + granularity / 2), ...values] as uPlot.AlignedData
}
