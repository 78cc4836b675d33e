import type { Changes } from '../store/arrivals.ts'

/** At most this many traces per event, the newest. */
export const MAX_TRACES = 120
/** Traces that wait while an event is being made. Of more, the oldest are dropped. */
const MAX_WAITING = 2_000

export type News = Omit<Changes, 'mark'>

/** What has arrived since the last event, while that one is being made. */
export class NewsQueue {
  /** The latest last. */
  readonly #traceIds = new Set<string>()
  #logs = 0
  #occurrences = 0

  add({ traceIds, logs, occurrences }: News): void {
    for (const traceId of traceIds.toReversed()) {
      this.#traceIds.delete(traceId)
      this.#traceIds.add(traceId)
    }
    for (const traceId of this.#traceIds) {
      if (this.#traceIds.size <= MAX_WAITING) break
      this.#traceIds.delete(traceId)
    }
    this.#logs += logs
    this.#occurrences += occurrences
  }

  /** Takes what an event has; undefined without news. Of more traces the newest go first, and the rest waits. */
  take(): News | undefined {
    const traceIds = [...this.#traceIds].slice(-MAX_TRACES)
    const news = { traceIds, logs: this.#logs, occurrences: this.#occurrences }
    if (traceIds.length === 0 && news.logs === 0 && news.occurrences === 0) return undefined
    for (const traceId of traceIds) this.#traceIds.delete(traceId)
    this.#logs = 0
    this.#occurrences = 0
    return news
  }

  clear(): void {
    this.#traceIds.clear()
    this.#logs = 0
    this.#occurrences = 0
  }
}
