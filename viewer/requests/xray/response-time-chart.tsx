import { useEffect, useRef, useState } from 'preact/hooks'
import { count, duration, plural } from '../../../analysis/format.ts'
import type { ResponseTimes } from '../../../contracts/sandbox/xray-filter.ts'
import { useRead } from '../../shell/api.ts'
import { query } from '../../shell/router.ts'
import { Table } from '../../shell/table.tsx'
import { withFilters } from '../filters/filters.ts'
import { setFilters } from '../filters/set-filters.ts'
import { useRefresh } from '../use-refresh.ts'
import { type Bucket, bucketsOf, percentile } from './histogram.ts'
import { type Range, splitRange, withRange } from './range.ts'

const PERCENTILES = [50, 95, 99] as const
/** A busy sandbox stops its search early, so that an incomplete answer is asked for again. ms */
const RETRY_MS = 2_000
const MAX_RETRIES = 5

/** How many requests took how long. A click on a bar, or dragging over several, filters by response time. */
export function ResponseTimeChart({ newest }: { readonly newest: string }) {
  const filter = query.value.get('filter') ?? ''
  const { base, range } = splitRange(filter)
  // The chart shows the requests outside the range too.
  const others = withFilters(query.value, { filter: base })
  const read = useRead<ResponseTimes>(`sandbox/xray/response-times?${others}`)
  useRefresh(newest, read.reload)
  const retries = useRef(0)
  useEffect(() => {
    if (!read.value || read.value.isComplete || retries.current >= MAX_RETRIES) return
    const timer = setTimeout(() => {
      retries.current++
      read.reload()
    }, RETRY_MS)
    return () => clearTimeout(timer)
  }, [read.value])
  // The earlier bars stay until the next ones arrive.
  const shown = useRef(read.value)
  shown.current = read.value ?? shown.current
  const { current: value } = shown
  const times = value?.times ?? []
  const buckets = bucketsOf(times)
  const pick = (first: number, last: number) => {
    const [from, to] = [buckets[Math.min(first, last)], buckets[Math.max(first, last)]]
    if (!from || !to) return
    // Without a lower bound for the first bar, which also has the requests that took no time.
    const fromS = from === buckets[0] ? undefined : from.fromS
    setFilters({ filter: withRange(filter, { from: fromS, to: to.toS }) }, { replaces: false })
  }
  const inside = range && times.filter(([seconds]) => isWithin(seconds, range)).length
  if (!value) return <div class="response-times" />
  if (times.length === 0) {
    return (
      <div class="response-times">
        <p class="soft small">No response times: no request with a finished segment matches.</p>
      </div>
    )
  }
  return (
    <figure class="response-times">
      <figcaption class="line small">
        <b>Response times</b>
        <span class="soft">
          {inside !== undefined && `${count(inside)} of `}
          {value.isComplete ? '' : 'the newest '}
          {plural(times.length, 'request')}
        </span>
        {PERCENTILES.map((share) => (
          <span key={share}>
            <span class="soft">P{share}</span> {duration(percentile(times, share / 100) * 1_000)}
          </span>
        ))}
        {range && (
          <button
            type="button"
            class="link"
            onClick={() => setFilters({ filter: withRange(filter, undefined) }, { replaces: false })}
          >
            All response times
          </button>
        )}
      </figcaption>
      <Bars buckets={buckets} range={range} onPick={pick} />
      <details class="small">
        <summary>As a table</summary>
        <BucketTable buckets={buckets} onPick={(index) => pick(index, index)} />
      </details>
    </figure>
  )
}

interface BarsProps {
  readonly buckets: readonly Bucket[]
  readonly range: Range | undefined
  readonly onPick: (first: number, last: number) => void
}

function Bars({ buckets, range, onPick }: BarsProps) {
  /** The first and the last bar that are being drawn over. */
  const [drawn, setDrawn] = useState<readonly [number, number]>()
  const most = Math.max(...buckets.map(({ requests }) => requests))
  const indexAt = ({ currentTarget, clientX }: PointerEvent & { readonly currentTarget: HTMLElement }) => {
    const { left, width } = currentTarget.getBoundingClientRect()
    const index = Math.floor(((clientX - left) / width) * buckets.length)
    return Math.max(0, Math.min(buckets.length - 1, index))
  }
  const isInside = ({ fromS, toS }: Bucket, index: number) =>
    drawn
      ? index >= Math.min(...drawn) && index <= Math.max(...drawn)
      : !range || (toS <= range.to && isWithin(fromS, range))
  return (
    <div class="histogram" aria-hidden="true">
      <div
        class="histogram-bars"
        title="Click or drag to filter by response time"
        onPointerDown={(event) => {
          if (event.button !== 0) return
          event.currentTarget.setPointerCapture(event.pointerId)
          const index = indexAt(event)
          setDrawn([index, index])
        }}
        onPointerMove={(event) => drawn && setDrawn([drawn[0], indexAt(event)])}
        onPointerUp={() => {
          if (drawn) onPick(...drawn)
          setDrawn(undefined)
        }}
        onPointerCancel={() => setDrawn(undefined)}
      >
        {buckets.map((bucket, index) => (
          <div
            key={bucket.fromS}
            class={isInside(bucket, index) ? '' : 'outside'}
            title={`${rangeOf(bucket)}: ${plural(bucket.requests, 'request')}${bucket.failed ? `, ${count(bucket.failed)} failed` : ''}`}
          >
            <i
              class={bucket.requests > 0 ? 'some' : ''}
              style={{ height: `${(bucket.requests / most) * 100}%` }}
            >
              <i style={{ height: `${(bucket.failed / (bucket.requests || 1)) * 100}%` }} />
            </i>
          </div>
        ))}
      </div>
      <span class="histogram-most soft">{count(most)}</span>
      <div class="histogram-axis soft">
        {buckets.map(
          ({ fromS }, index) =>
            isDecade(fromS) && (
              <span key={fromS} style={{ left: `${(index / buckets.length) * 100}%` }}>
                {duration(fromS * 1_000)}
              </span>
            ),
        )}
      </div>
    </div>
  )
}

function BucketTable({
  buckets,
  onPick,
}: {
  readonly buckets: readonly Bucket[]
  readonly onPick: (index: number) => void
}) {
  return (
    <Table columns={['Response time', 'Requests', 'Failed']} firstNumber={1}>
      {buckets.map(
        (bucket, index) =>
          bucket.requests > 0 && (
            <tr key={bucket.fromS}>
              <td>
                <button type="button" class="link" onClick={() => onPick(index)}>
                  {rangeOf(bucket)}
                </button>
              </td>
              <td class="number">{count(bucket.requests)}</td>
              <td class="number">{count(bucket.failed)}</td>
            </tr>
          ),
      )}
    </Table>
  )
}

function isWithin(seconds: number, { from = 0, to }: Range): boolean {
  return seconds >= from && seconds < to
}

function rangeOf({ fromS, toS }: Bucket): string {
  return `${duration(fromS * 1_000)} – ${duration(toS * 1_000)}`
}

/** 1 ms, 10 ms, 100 ms … */
function isDecade(seconds: number): boolean {
  return /^1(e[+-]\d+)?$/.test(seconds.toExponential().replace('e+0', ''))
}
