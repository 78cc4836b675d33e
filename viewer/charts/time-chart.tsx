import { type Signal, signal } from '@preact/signals'
import type { ComponentChildren } from 'preact'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import uPlot from 'uplot'
import type { DrawnGroup, Lines } from '../../analysis/questions/lines.ts'
import { LEAST_DRAG_PX } from '../shell/browser.ts'
import { isDark } from '../shell/theme.ts'
import { ChartDots, type Dot, type Frame, frameOf } from './chart-dots.tsx'
import { optionsOf } from './chart-options.ts'
import { ChartReadout, type Pointed, readoutInWords } from './chart-readout.tsx'
import { GUTTER, useWidth } from './plot.ts'

const HEIGHT = 170
/** A line within this distance of the pointer is highlighted. Pixels */
const NEAR = 18
/** The pointer rests this long before the other lines fade, which draws all of them again. ms */
const REST_MS = 40

interface Props {
  /** The calculation's key in `lines`. */
  readonly name: string
  readonly title: string
  readonly lines: Lines
  /** Those that are drawn. */
  readonly groups: readonly DrawnGroup[]
  /** A value with its unit. */
  readonly format: (value: number) => string
  /** A value on the axis, which has little room; by default `format`. */
  readonly formatOnAxis?: (value: number) => string
  /** For a bucket without a value: `No events`. */
  readonly nothing: string
  /** The place of the group whose line or row the pointer is on; -1 without one. */
  readonly highlighted: Signal<number>
  /** Links above the lines, as to traces. */
  readonly dots?: readonly Dot[]
  /** Unix s. */
  readonly onZoom: (start: number, end: number) => void
  /** Between the title and the chart. */
  readonly children?: ComponentChildren
}

/** One calculation over time, with a line for each group. Dragging zooms; the arrow keys read values. */
export function TimeChart(props: Props) {
  const { name, title, lines, groups, format, highlighted } = props
  const { place, width } = useWidth<HTMLDivElement>()
  const pointed = useMemo(() => signal<Pointed | undefined>(undefined), [])
  const spoken = useMemo(() => signal(''), [])
  const frame = useMemo(() => signal<Frame | undefined>(undefined), [])
  const latest = useRef(props)
  latest.current = props
  const chart = useRef<uPlot>(undefined)
  const isByKey = useRef(false)
  const dark = isDark.value
  const values = lines.values.get(name) ?? []
  const drawn = groups.length
  const hasWidth = width > 0

  useEffect(() => {
    const element = place.current
    if (!element || !hasWidth) return
    const plot = new uPlot(
      {
        ...optionsOf(element, drawn, (value) => {
          const { formatOnAxis, format } = latest.current
          return (formatOnAxis ?? format)(value)
        }),
        width: element.clientWidth,
        height: HEIGHT,
        hooks: {
          setSelect: [
            (plot) => {
              const { left, width } = plot.select
              if (width < LEAST_DRAG_PX) return
              plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
              latest.current.onZoom(plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x'))
            },
          ],
          setCursor: [
            (plot) => {
              const { idx, left = -1, top = -1 } = plot.cursor
              const isInside = idx !== null && idx !== undefined && left >= 0
              pointed.value = isInside ? { bucket: idx, left: left + GUTTER } : undefined
              const isNear = isInside && drawn > 1 && !isByKey.current
              highlighted.value = isNear ? nearest(plot, idx, top) : -1
            },
          ],
          draw: [
            (plot) => {
              frame.value = frameOf(plot, frame.peek())
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
      frame.value = undefined
    }
  }, [hasWidth, dark, drawn])

  // A new answer goes into the existing chart, so that a selection in progress is kept.
  useEffect(() => {
    chart.current?.setData(dataOf(lines, values))
  }, [lines, name, drawn])
  useEffect(() => {
    if (hasWidth) chart.current?.setSize({ width, height: HEIGHT })
  }, [width])

  const pointAt = (bucket: number) => {
    const plot = chart.current
    const middle = plot?.data[0][bucket]
    if (!plot || middle === undefined) return
    isByKey.current = true
    plot.setCursor({ left: plot.valToPos(middle, 'x'), top: 0 })
    isByKey.current = false
    spoken.value = readoutInWords({ ...props, values }, bucket)
  }
  const leave = () => {
    chart.current?.setCursor({ left: -10, top: -10 })
    spoken.value = ''
  }
  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return
    const last = lines.starts.length - 1
    const at = pointed.value?.bucket
    const to = {
      ArrowLeft: Math.max(0, (at ?? last + 1) - 1),
      ArrowRight: Math.min(last, (at ?? -1) + 1),
      Home: 0,
      End: last,
    }[event.key]
    if (to !== undefined) pointAt(to)
    else if (event.key === 'Escape' && at !== undefined) leave()
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <figure class="time-chart" aria-label={`${title} over time`}>
      <figcaption class="line plot-head">
        <h2>{title}</h2>
        {props.children}
      </figcaption>
      <div
        ref={place}
        class="chart-box"
        role="application"
        aria-roledescription="chart"
        aria-label={`${title} over time, ${drawn === 1 ? 'one line' : `${drawn} lines`}. The left and right arrow keys read the values of a step, Escape ends that. The table below has the totals.`}
        tabIndex={0}
        onKeyDown={onKey}
        onBlur={leave}
      >
        <ChartReadout {...props} {...{ pointed, lines, values, groups, format, width, highlighted }} />
        {props.dots && <ChartDots dots={props.dots} frame={frame} />}
      </div>
      <p class="sr" role="status">
        {spoken}
      </p>
    </figure>
  )
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

function dataOf({ starts, granularity }: Lines, values: readonly (readonly (number | null)[])[]) {
  return [starts.map((start) => start + granularity / 2), ...values] as uPlot.AlignedData
}
