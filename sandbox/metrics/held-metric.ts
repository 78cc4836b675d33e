import type { Metric } from '../../contracts/sandbox/metrics.ts'
import type { ReceivedMetric, ReceivedPoint } from '../honeycomb/metric-records.ts'
import { EARLIEST_MS, isPlausibleTime } from '../store/plausible-time.ts'
import { bounded, keyOf, SeriesAttributes, toTexts } from './series-attributes.ts'
import type { Point, StoredMetric, TimeSeries } from './time-series.ts'

/** Rough sizes in V8's heap, for the bound of what is held. Bytes */
const POINT_BYTES = 160
const EXEMPLAR_BYTES = 200
const NUMBER_BYTES = 8
const SERIES_BYTES = 600
const ATTRIBUTE_BYTES = 100

/** A resource that has sent metrics. */
export interface Resource {
  readonly id: number
  readonly attributes: ReadonlyMap<string, string>
}

/** The row in the store that points were read from. */
export interface PointRow {
  readonly row: number
  /** Epoch milliseconds. */
  readonly receivedMs: number
}

type HeldPoint = Point & { readonly row: number }

class HeldSeries implements TimeSeries {
  readonly attributes: SeriesAttributes
  readonly temporality: Metric['temporality']
  /** Where senders give different ones, their values cannot be compared. */
  readonly unit: string
  readonly resource: Resource
  points: HeldPoint[] = []
  isInOrder = true

  constructor(attributes: SeriesAttributes, resource: Resource, { temporality, unit }: ReceivedMetric) {
    this.attributes = attributes
    this.resource = resource
    this.temporality = temporality
    this.unit = unit
  }

  add(point: HeldPoint): void {
    const last = this.points.at(-1)
    if (last && last.timeMs >= point.timeMs) this.isInOrder = false
    this.points.push(point)
  }

  /** Sorts the points by time. Of two with the same time the one that arrived last stays. */
  putInOrder(): void {
    if (this.isInOrder) return
    this.isInOrder = true
    const sorted = this.points.toSorted((a, b) => a.timeMs - b.timeMs || a.row - b.row)
    this.points = sorted.filter((point, index) => sorted[index + 1]?.timeMs !== point.timeMs)
  }

  /** Removes the points of earlier rows; returns whether there were any. */
  forgetBefore(row: number): boolean {
    const kept = this.points.filter((point) => point.row >= row)
    const hasChanged = kept.length < this.points.length
    if (hasChanged) this.points = kept
    return hasChanged
  }
}

/** A metric in memory. Its definition (unit, description, …) is that of the point that arrived last. */
export class HeldMetric implements Metric {
  readonly dataset: string
  readonly name: string
  readonly kind: string
  unit = ''
  description = ''
  temporality: Metric['temporality'] = null
  isMonotonic = false
  /** Grows with each change. */
  version = 0
  /** Points that are left out because of their time, and the last such time (epoch ms), by row. */
  implausible: { row: number; points: number; timeMs: number }[] = []
  #series = new Map<string, HeldSeries>()
  #list: readonly HeldSeries[] | undefined

  constructor(dataset: string, { name, kind }: Pick<Metric, 'name' | 'kind'>) {
    this.dataset = dataset
    this.name = name
    this.kind = kind
  }

  get series(): readonly HeldSeries[] {
    this.#list ??= [...this.#series.values()]
    return this.#list
  }

  /** Returns about how many bytes it holds more. */
  add(metric: ReceivedMetric, resource: Resource, { row, receivedMs }: PointRow): number {
    const { unit, description, temporality, isMonotonic } = metric
    Object.assign(this, { unit, description, temporality, isMonotonic })
    this.version++
    let bytes = 0
    for (const received of metric.points) {
      const { timeMs } = received.point
      if (!isPlausibleTime(timeMs, receivedMs)) {
        const last = this.implausible.at(-1)
        if (last?.row === row) Object.assign(last, { points: last.points + 1, timeMs })
        else this.implausible.push({ row, points: 1, timeMs })
      } else bytes += this.#addPoint(metric, received, resource, row)
    }
    return bytes
  }

  #addPoint(metric: ReceivedMetric, received: ReceivedPoint, resource: Resource, row: number): number {
    const texts = toTexts(received.attributes)
    const key = `${resource.id} ${metric.temporality} ${metric.unit.length}:${metric.unit} ${metric.scope.length}:${metric.scope}${keyOf(texts)}`
    let bytes = 0
    let series = this.#series.get(key)
    if (!series) {
      series = new HeldSeries(new SeriesAttributes(resource.attributes, bounded(texts)), resource, metric)
      this.#series.set(key, series)
      this.#list = undefined
      bytes += SERIES_BYTES + 2 * key.length + texts.size * ATTRIBUTE_BYTES
    }
    const point = { ...normalised(received.point, series), row } as HeldPoint
    series.add(point)
    return bytes + bytesOf(point)
  }

  /** Without what only this class needs, for answers. */
  toStored(): StoredMetric {
    const { dataset, name, kind, unit, description, temporality, isMonotonic, series } = this
    return { dataset, name, kind, unit, description, temporality, isMonotonic, series }
  }

  /** To be called after points were added. */
  putInOrder(): void {
    for (const series of this.#series.values()) series.putInOrder()
  }

  /** Removes the points of earlier rows, and time series without points. */
  forgetBefore(row: number): void {
    const before = this.implausible.length
    this.implausible = this.implausible.filter((one) => one.row >= row)
    let hasChanged = this.implausible.length < before
    for (const [key, series] of this.#series) {
      if (!series.forgetBefore(row)) continue
      hasChanged = true
      if (series.points.length === 0) this.#series.delete(key)
    }
    if (!hasChanged) return
    this.#list = undefined
    this.version++
  }
}

/** A start after the point, or one that is not plausible, counts as not sent. Equal bounds of buckets are held once. */
function normalised(point: Point, { points }: HeldSeries): Point {
  const isStart = point.startMs >= EARLIEST_MS && point.startMs <= point.timeMs
  const started = isStart ? point : { ...point, startMs: 0 }
  const last = points.at(-1)
  if (!('buckets' in started && 'bounds' in started.buckets)) return started
  if (!(last && 'buckets' in last && 'bounds' in last.buckets)) return started
  const { bounds, counts } = started.buckets
  const known = last.buckets.bounds
  const isSame = known.length === bounds.length && known.every((bound, index) => bound === bounds[index])
  return isSame ? { ...started, buckets: { bounds: known, counts } } : started
}

function bytesOf(point: HeldPoint): number {
  return POINT_BYTES + numbersOf(point) * NUMBER_BYTES + point.exemplars.length * EXEMPLAR_BYTES
}

function numbersOf(point: Point): number {
  if ('quantiles' in point) return point.quantiles.length * 8
  if (!('buckets' in point)) return 0
  const { buckets } = point
  if ('bounds' in buckets) return buckets.counts.length
  return buckets.positive.counts.length + buckets.negative.counts.length
}
