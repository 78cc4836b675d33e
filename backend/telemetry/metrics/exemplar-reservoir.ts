import type { Attributes, AttributeValue, SpanContext } from '@opentelemetry/api'
import { hrTimeToMilliseconds } from '@opentelemetry/core'
import type { DataPoint, Histogram } from '@opentelemetry/sdk-metrics'
import { isSampled } from '../sampling/sample-rate.ts'

/** A measurement, and the span in which it was made. */
export interface Exemplar {
  readonly value: number
  readonly attributes: Attributes
  /** Epoch ms. */
  readonly timeMs: number
  readonly traceId: string
  readonly spanId: string
}

/** What is kept of the measurements in one bucket of a time series. */
interface Slot {
  /** How many there were since the last export. */
  seen: number
  exemplar: Exemplar
}

/**
 * The time series whose attributes have the same first values. A map for each attribute takes a tenth of the time of a key
 * for all of them.
 */
interface Branch {
  readonly next: Map<AttributeValue | undefined, Branch>
  /** By bucket, of the time series that ends here. */
  slots?: Slot[]
}

/** Further time series have no exemplars until the next export. With all their buckets these are some 500 KB. */
const MAX_SERIES = 200

/**
 * Keeps exemplars of a histogram: of each time series and bucket one measurement whose trace is sampled, each with the
 * same chance. The bucket of the few slowest requests has one too, however many others there are. OpenTelemetry's metrics
 * SDK for JavaScript has no exemplars in version 3.1.
 *
 * Source: https://opentelemetry.io/docs/specs/otel/metrics/sdk/#alignedhistogrambucketexemplarreservoir
 */
export class ExemplarReservoir {
  /** The histogram's name. */
  readonly metric: string
  readonly #boundaries: readonly number[]
  #root: Branch = { next: new Map() }
  #series = 0

  constructor({ name, boundaries }: { readonly name: string; readonly boundaries: readonly number[] }) {
    this.metric = name
    this.#boundaries = boundaries
  }

  /** Call it after the histogram has recorded the value, with the same attributes. */
  offer(value: number, attributes: Attributes, span: SpanContext): void {
    if (!isSampled(span)) return
    const slots = this.#slotsOf(attributes)
    if (!slots) return
    const bucket = bucketOf(value, this.#boundaries)
    const slot = slots[bucket]
    if (slot && Math.random() * ++slot.seen >= 1) return
    const { traceId, spanId } = span
    const exemplar = { value, attributes, timeMs: Date.now(), traceId, spanId }
    if (slot) slot.exemplar = exemplar
    else slots[bucket] = { seen: 1, exemplar }
  }

  /**
   * Takes the exemplars of points that were collected together, in the order of the points. A point has only those that it
   * counts: a measurement may have been made since the collection.
   */
  take(points: readonly DataPoint<Histogram>[]): Exemplar[][] {
    const root = this.#root
    this.#root = { next: new Map() }
    this.#series = 0
    return points.map((point) => {
      let branch: Branch | undefined = root
      for (const name in point.attributes) branch = branch?.next.get(point.attributes[name])
      return (branch?.slots ?? []).map(({ exemplar }) => exemplar).filter((exemplar) => isOf(exemplar, point))
    })
  }

  /** Undefined for a new time series that is one too many. */
  #slotsOf(attributes: Attributes): Slot[] | undefined {
    let branch = this.#root
    for (const name in attributes) {
      const value = attributes[name]
      let next = branch.next.get(value)
      if (!next) {
        if (this.#series >= MAX_SERIES) return undefined
        next = { next: new Map() }
        branch.next.set(value, next)
      }
      branch = next
    }
    if (!branch.slots) {
      if (this.#series >= MAX_SERIES) return undefined
      this.#series++
      branch.slots = []
    }
    return branch.slots
  }
}

/** The index of the first boundary that is not below the value: a bucket includes its upper boundary. */
function bucketOf(value: number, boundaries: readonly number[]): number {
  let bucket = 0
  while (value > (boundaries[bucket] ?? Number.POSITIVE_INFINITY)) bucket++
  return bucket
}

function isOf({ value, attributes, timeMs }: Exemplar, point: DataPoint<Histogram>): boolean {
  const { counts, boundaries } = point.value.buckets
  const names = Object.keys(attributes)
  return (
    (counts[bucketOf(value, boundaries)] ?? 0) > 0 &&
    timeMs >= hrTimeToMilliseconds(point.startTime) &&
    timeMs <= hrTimeToMilliseconds(point.endTime) &&
    names.length === Object.keys(point.attributes).length &&
    names.every((name) => attributes[name] === point.attributes[name])
  )
}
