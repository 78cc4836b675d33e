import type { ReceivedMetric } from '../honeycomb/metric-records.ts'
import { HeldMetric, type PointRow, type Resource } from './held-metric.ts'
import { bounded, keyOf, toTexts } from './series-attributes.ts'

/** Of what is held; beyond it the points of the oldest rows are left out, and counted. Bytes */
const MAX_BYTES = 400 * 1024 * 1024

interface HeldRow {
  readonly row: number
  readonly bytes: number
  readonly points: number
}

/** The metrics in memory, with the row in the store that each point came from. */
export class MetricSet {
  readonly #maxBytes: number
  readonly #metrics = new Map<string, HeldMetric>()
  #resources = new Map<string, Resource>()
  #resourceIds = 0
  /** Rows in their order, from `#first` on, with the bytes that they take here. */
  #rows: HeldRow[] = []
  #first = 0
  #bytes = 0
  #changed = new Set<HeldMetric>()
  /** Points of rows that cannot be read, or that exceed the memory, by row. */
  #leftOut = new Map<number, number>()

  constructor(maxBytes: number = MAX_BYTES) {
    this.#maxBytes = maxBytes
  }

  /** How many stored points are not held. */
  get leftOut(): number {
    return [...this.#leftOut.values()].reduce((sum, points) => sum + points, 0)
  }

  all(): readonly HeldMetric[] {
    return [...this.#metrics.values()]
  }

  get(dataset: string, name: string, kind: string): HeldMetric | undefined {
    return this.#metrics.get(JSON.stringify([dataset, name, kind]))
  }

  /** Adds the metrics of a row. Call `settle` after the last one. */
  add(dataset: string, received: readonly ReceivedMetric[], from: PointRow): void {
    let bytes = 0
    let points = 0
    for (const metric of received) {
      if (metric.points.length === 0) continue
      const key = JSON.stringify([dataset, metric.name, metric.kind])
      let held = this.#metrics.get(key)
      if (!held) {
        held = new HeldMetric(dataset, metric)
        this.#metrics.set(key, held)
      }
      bytes += held.add(metric, this.#resourceOf(metric), from)
      points += metric.points.length
      this.#changed.add(held)
    }
    this.#rows.push({ row: from.row, bytes, points })
    this.#bytes += bytes
  }

  /** Counts the points of a row that is not held. */
  leaveOut(row: number, points: number): void {
    this.#leftOut.set(row, points)
  }

  /** Puts the points in order after rows were added, and keeps the bound of memory. */
  settle(): void {
    for (const metric of this.#changed) metric.putInOrder()
    this.#changed.clear()
    if (this.#bytes <= this.#maxBytes) return
    let excess = this.#bytes - this.#maxBytes
    const kept = this.#rows.findIndex(({ row, points, bytes }, index) => {
      if (index < this.#first) return false
      if (excess <= 0 || index === this.#rows.length - 1) return true
      excess -= bytes
      this.leaveOut(row, points)
      return false
    })
    this.#forgetBefore(this.#rows[kept]?.row ?? 0)
  }

  /** Removes the points of earlier rows, which have been deleted from the store. */
  forgetBefore(row: number): void {
    for (const one of this.#leftOut.keys()) if (one < row) this.#leftOut.delete(one)
    this.#forgetBefore(row)
  }

  #forgetBefore(row: number): void {
    const first = this.#first
    for (let one = this.#rows[first]; one && one.row < row; one = this.#rows[this.#first]) {
      this.#bytes -= one.bytes
      this.#first++
    }
    if (this.#first === first) return
    if (this.#first > this.#rows.length / 2) {
      this.#rows = this.#rows.slice(this.#first)
      this.#first = 0
    }
    for (const [key, metric] of this.#metrics) {
      metric.forgetBefore(row)
      if (metric.series.length === 0 && metric.implausible.length === 0) this.#metrics.delete(key)
    }
    const used = new Set(this.all().flatMap(({ series }) => series.map(({ resource }) => resource)))
    this.#resources = new Map([...this.#resources].filter(([, resource]) => used.has(resource)))
  }

  #resourceOf({ resource }: ReceivedMetric): Resource {
    const attributes = toTexts(resource)
    const key = keyOf(attributes)
    let known = this.#resources.get(key)
    if (!known) {
      known = { id: this.#resourceIds++, attributes: bounded(attributes) }
      this.#resources.set(key, known)
    }
    return known
  }
}
