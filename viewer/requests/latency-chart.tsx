import { useEffect, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import type { LatencyPoint, LatencyPoints } from '../../contracts/sandbox/lists.ts'
import { useRead } from '../shell/api.ts'
import { clock, duration, plural } from '../shell/format.ts'
import { hrefOf, navigate, query } from '../shell/router.ts'
import { isDark } from '../shell/theme.ts'
import { type FilterName, filterQuery, withFilters } from './filters.ts'
import { useRefresh } from './use-refresh.ts'

/** Filters that a selection in the chart sets. The chart shows the requests outside it too. */
const RANGE: readonly FilterName[] = ['since', 'until', 'min', 'max']
const HEIGHT = 132
const LEAST_MS = 0.05

/** Each request as a point: start on the x axis, duration on a logarithmic y axis. Dragging selects requests. */
export function LatencyChart({ newest }: { readonly newest: string }) {
  const place = useRef<HTMLDivElement>(null)
  const { value, reload } = useRead<LatencyPoints>(`sandbox/latency?${filterQuery(query.value, RANGE)}`)
  useRefresh(newest, reload)
  const points = value?.points ?? []
  const dark = isDark.value
  const chart = useRef<uPlot>(undefined)
  const hasPoints = points.length > 0
  const selected = query.value.get('since')

  useEffect(() => {
    const element = place.current
    if (!element || !hasPoints) return
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
    const dots = (name: string) => ({
      paths: () => null,
      points: { show: true, size: 6, fill: colour(name), stroke: colour('--surface'), width: 1 },
    })
    const plot = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        padding: [8, 8, 0, 0],
        legend: { show: false },
        cursor: { points: { show: false }, drag: { x: true, y: true, uni: 24, setScale: false }, y: false },
        scales: { y: { distr: 3, range: (_, low, high) => [decade(low, -1), decade(high, 1)] } },
        axes: [
          {
            ...axis,
            size: 24,
            space: 90,
            values: (_, splits) => splits.map((at) => clock(at * 1_000)),
          },
          {
            ...axis,
            size: 62,
            splits: (_, __, low, high) => decades(low, high),
            values: (_, splits) => splits.map((at) => (at === null ? '' : duration(at))),
          },
        ],
        series: [{}, dots('--ok-dot'), dots('--bad-dot')],
        hooks: {
          setSelect: [
            (drawn) => {
              const { left, top, width, height } = drawn.select
              if (width < 4 && height < 4) return
              const time = (at: number) => String(Math.round(drawn.posToVal(at, 'x') * 1_000))
              const ms = (at: number) => drawn.posToVal(at, 'y').toPrecision(3)
              const isWholeHeight = height >= drawn.over.clientHeight - 2
              const range = isWholeHeight ? { min: '', max: '' } : { min: ms(top + height), max: ms(top) }
              const changes = { since: time(left), until: time(left + width), ...range }
              navigate(hrefOf('', withFilters(query.value, changes)))
            },
          ],
        },
      },
      dataOf(points),
      element,
    )
    chart.current = plot
    const observer = new ResizeObserver(() => plot.setSize({ width: element.clientWidth, height: HEIGHT }))
    observer.observe(element)
    return () => {
      observer.disconnect()
      plot.destroy()
      chart.current = undefined
    }
  }, [hasPoints, dark])

  // New points go into the existing chart, so that a selection in progress is kept.
  useEffect(() => {
    const plot = chart.current
    if (!plot || points.length === 0) return
    plot.setData(dataOf(points))
    showSelection(plot)
  }, [points, dark, selected])

  if (points.length === 0) return null
  const failed = points.filter(([, , error]) => error).length
  return (
    <figure class="latency">
      <div ref={place} class="latency-plot" aria-hidden="true" />
      <figcaption class="sr">
        Latency over time: {plural(points.length, 'request')}, {failed} of them with an error, from{' '}
        {duration(Math.min(...points.map(([, ms]) => ms)))} to{' '}
        {duration(Math.max(...points.map(([, ms]) => ms)))}. The filters above select by duration.
      </figcaption>
      <p class="hint" aria-hidden="true">
        Drag to select
      </p>
    </figure>
  )
}

function dataOf(points: readonly LatencyPoint[]): uPlot.AlignedData {
  const sorted = points.toSorted(([a], [b]) => a - b)
  const y = (wanted: 0 | 1) =>
    sorted.map(([, ms, error]) => (error === wanted ? Math.max(ms, LEAST_MS) : null))
  return [sorted.map(([startMs]) => startMs / 1_000), y(0), y(1)]
}

function decade(value: number | null, direction: 1 | -1): number {
  const power = Math.log10(value ?? 1)
  return 10 ** (direction > 0 ? Math.ceil(power + 0.05) : Math.floor(power - 0.05))
}

/** 1, 10, 100 …: the grid lines of a logarithmic axis. */
function decades(low: number, high: number): number[] {
  const first = Math.ceil(Math.log10(low) - 1e-9)
  const last = Math.floor(Math.log10(high) + 1e-9)
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => 10 ** (first + index))
}

/** Draws the selection in the address into the chart. */
function showSelection(plot: uPlot): void {
  const [since, until, min, max] = RANGE.map((name) => Number(query.value.get(name) ?? Number.NaN))
  if (!Number.isFinite(since) || !Number.isFinite(until)) return
  plot.root.ownerDocument.defaultView?.requestAnimationFrame(() => {
    if (!plot.over.isConnected) return
    const { clientWidth: width, clientHeight: height } = plot.over
    const within = (at: number, most: number) => Math.max(0, Math.min(most, at))
    const left = within(plot.valToPos((since ?? 0) / 1_000, 'x'), width)
    const right = within(plot.valToPos((until ?? 0) / 1_000, 'x'), width)
    const hasHeight = Number.isFinite(max)
    const top = hasHeight ? within(plot.valToPos(max ?? 1, 'y'), height) : 0
    const bottom = hasHeight ? within(plot.valToPos(Math.max(min || 0, LEAST_MS), 'y'), height) : height
    plot.setSelect({ left, top, width: right - left, height: bottom - top }, false)
  })
}
