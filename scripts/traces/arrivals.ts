import type { RequestRow } from '../../contracts/sandbox/lists.ts'

/** A request is shown when no record of it has come for so long, or so long after its first one. ms */
const [QUIET_MS, LATEST_MS] = [1_000, 5_000]
/** How many shown requests are remembered, to say that more of them came. */
const MOST_SHOWN = 5_000

interface Waiting {
  row: RequestRow
  readonly firstMs: number
  lastMs: number
}

/** Holds requests back until their records have arrived: the providers' records of one request come one after the other. */
export class Arrivals {
  readonly #waiting = new Map<string, Waiting>()
  /** The number of records that each was shown with. */
  readonly #shown = new Map<string, number>()

  /** `rows`: the newest first, as the sandbox has them. */
  add(rows: readonly RequestRow[], nowMs: number): void {
    for (const row of rows.toReversed()) {
      const known = this.#waiting.get(row.traceId)
      if (known) Object.assign(known, { row, lastMs: nowMs })
      else if (this.#shown.get(row.traceId) !== recordsOf(row))
        this.#waiting.set(row.traceId, { row, firstMs: nowMs, lastMs: nowMs })
    }
  }

  /** The requests that can be shown now, in the order of their first records. `isMore`: it was shown, with fewer records. */
  take(nowMs: number): { readonly row: RequestRow; readonly isMore: boolean }[] {
    const ready = [...this.#waiting].filter(
      ([, { firstMs, lastMs }]) => nowMs - lastMs >= QUIET_MS || nowMs - firstMs >= LATEST_MS,
    )
    return ready.map(([traceId, { row }]) => {
      this.#waiting.delete(traceId)
      const isMore = this.#shown.delete(traceId)
      this.#shown.set(traceId, recordsOf(row))
      this.#forgetOldest()
      return { row, isMore }
    })
  }

  #forgetOldest(): void {
    for (const traceId of this.#shown.keys()) {
      if (this.#shown.size <= MOST_SHOWN) return
      this.#shown.delete(traceId)
    }
  }
}

function recordsOf({ spans, segments, items }: RequestRow): number {
  return spans + segments + items
}
