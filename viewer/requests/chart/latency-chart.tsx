import { useEffect, useMemo, useRef, useState } from 'preact/hooks'
import type uPlot from 'uplot'
import { duration, plural } from '../../../analysis/format.ts'
import type { LatencyPoint, LatencyPoints } from '../../../contracts/sandbox/lists.ts'
import { useRead } from '../../shell/api.ts'
import { query } from '../../shell/router.ts'
import { isDark } from '../../shell/theme.ts'
import { type FilterName, filterQuery } from '../filters/filters.ts'
import { setFilters } from '../filters/set-filters.ts'
import { useRefresh } from '../use-refresh.ts'
import { frameOf, outsideOf } from './frame.ts'
import { createPlot, dataOf, drawSelection, HEIGHT, type Selection } from './latency-plot.ts'
import { LatencyWords } from './latency-words.tsx'

/** Filters that a selection in the chart sets. The chart shows the requests outside it too. */
const RANGE: readonly FilterName[] = ['since', 'until', 'min', 'max']
const NOTHING: LatencyPoints = { points: [], matching: 0, isComplete: true }

/**
 * The requests of the whole store that match, each as a point: start on the x axis, duration on a logarithmic y axis.
 * Dragging selects requests. Of very many the sandbox gives some, and the words below say so.
 */
export function LatencyChart({ news }: { readonly news: string }) {
  const place = useRef<HTMLDivElement>(null)
  const [isWhole, setWhole] = useState(false)
  const filter = filterQuery(query.value, RANGE)
  const address = `sandbox/latency?${filter}`
  const { value, reload } = useRead<LatencyPoints>(address)
  useRefresh(news, reload)
  // Each read continues the search by an X-Ray filter expression.
  useEffect(() => {
    if (value?.isComplete === false) reload()
  }, [value])
  // The earlier points stay until those of new filters arrive.
  const last = useRef<LatencyPoints>(undefined)
  last.current = value ?? last.current
  const { points, matching } = last.current ?? NOTHING
  const frame = useMemo(() => frameOf(points, isWhole), [points, isWhole])
  const outside = useMemo(() => outsideOf(points, frame), [points, frame])
  const axes = useRef(frame)
  axes.current = frame
  const chart = useRef<uPlot>(undefined)
  const dark = isDark.value
  const hasPoints = points.length > 0
  const chosen = selectionOf(query.value)
  const selected = chosen && points.filter((point) => isIn(chosen, point)).length
  // Shade over the whole chart would say nothing.
  const selection = selected === points.length ? undefined : chosen

  useEffect(() => {
    const element = place.current
    if (!element || !hasPoints) return
    const plot = createPlot(element, () => axes.current, select)
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
    plot.setData(dataOf(points, frame))
    drawSelection(plot, selection)
  }, [points, frame, dark, JSON.stringify(selection)])

  const failed = points.filter(([, , error]) => error).length
  return (
    <figure class="latency">
      <div ref={place} class="latency-plot" aria-hidden="true" title={hasPoints ? 'Drag to select' : ''}>
        {!hasPoints && (
          <p class="soft small">{last.current && !filter ? 'Each request is a point here' : ''}</p>
        )}
      </div>
      {hasPoints ? (
        <LatencyWords
          drawn={points.length}
          selected={selected}
          onWhole={setWhole}
          {...{ matching, frame, outside, isWhole }}
        />
      ) : (
        <p class="latency-words small"> </p>
      )}
      <figcaption class="sr">
        Latency over time: {plural(points.length, 'request')}
        {hasPoints &&
          `, ${failed} of them with an error, from ${duration(Math.min(...points.map(([, ms]) => ms)))} to ${duration(Math.max(...points.map(([, ms]) => ms)))}`}
        . The filters above select by duration.
      </figcaption>
    </figure>
  )
}

function select({ sinceMs, untilMs, min, max }: Selection): void {
  const text = (value: number | undefined) => (value === undefined ? '' : String(value))
  setFilters(
    { since: text(sinceMs), until: text(untilMs), min: text(min), max: text(max) },
    { replaces: false },
  )
}

function isIn(
  { sinceMs, untilMs, min = 0, max = Infinity }: Selection,
  [startMs, ms]: LatencyPoint,
): boolean {
  return startMs >= sinceMs && startMs <= untilMs && ms >= min && ms <= max
}

/** The rectangle of the filters in the address, if it has two ends. */
function selectionOf(filters: URLSearchParams): Selection | undefined {
  const [sinceMs, untilMs, min, max] = RANGE.map((name) => {
    const text = filters.get(name)
    return text && Number.isFinite(Number(text)) ? Number(text) : undefined
  })
  if (sinceMs === undefined || untilMs === undefined) return undefined
  return { sinceMs, untilMs, ...(max !== undefined && { max, ...(min !== undefined && { min }) }) }
}
