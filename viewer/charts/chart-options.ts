import type uPlot from 'uplot'
import { lonely } from '../../analysis/questions/lines.ts'
import { GUTTER, LABEL_SPACE, RIGHT } from './plot.ts'
import { lineStyle } from './swatch.tsx'
import { type TimeTick, timeTicks } from './time-ticks.ts'

/** The options of a chart with `drawn` lines, in the colours of the page. */
export function optionsOf(element: HTMLElement, drawn: number, format: (value: number) => string) {
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
        splits: (plot: uPlot) => ticksOf(plot).map(({ atMs }) => atMs / 1_000),
        values: (plot: uPlot) => ticksOf(plot).map(({ label }) => label),
      },
      {
        ...axis,
        size: GUTTER,
        space: 34,
        values: (_: uPlot, splits: (number | null)[]) => splits.map((at) => (at === null ? '' : format(at))),
      },
    ],
    series: [{}, ...series],
  }
}

function ticksOf(plot: uPlot): TimeTick[] {
  const [from, to] = rangeOf(plot)
  return timeTicks(from * 1_000, to * 1_000, labelsOf(plot))
}

/** How many labels of time a chart has room for. */
function labelsOf({ width }: uPlot): number {
  return (width - GUTTER - RIGHT) / LABEL_SPACE
}

/** From the start of the first bucket to the end of the last: the axis of the heatmaps. Points are in the middle. */
function rangeOf(plot: uPlot): [number, number] {
  const [middles] = plot.data
  const [first, last] = [middles[0] ?? 0, middles.at(-1) ?? 1]
  const half = middles.length > 1 ? ((middles[1] ?? 0) - first) / 2 : 0.5
  return [first - half, last + half]
}
