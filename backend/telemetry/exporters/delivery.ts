/** What became of one provider's telemetry since the process began. `/health/telemetry` gives it as it is. */
export interface DeliveryReport {
  /** Spans, segments or items that the provider answered 2xx, or, for UDP, that left this process. */
  readonly accepted: number
  /** Those that the provider refused or that never reached it. */
  readonly refused: number
  /** Those given up before they were sent: a full queue, a rate limit, a document too large. */
  readonly dropped: number
  readonly pending: number
  readonly lastError?: { readonly at: string; readonly message: string }
  /** The newest trace ids of which something was accepted, oldest first. */
  readonly recentTraceIds: readonly string[]
}

const RECENT_TRACE_IDS = 500

/**
 * Counts one provider's deliveries. SDKs fail silently by design, so that a missing key looks just like a missing
 * request; this is where "accepted" is known rather than hoped. The first failure of a kind is handed to `say`
 * (once, until a delivery succeeds again), so that a log does not fill with one broken key.
 */
export class Delivery {
  #accepted = 0
  #refused = 0
  #dropped = 0
  #pending = 0
  #lastError: { at: string; message: string } | undefined
  #said: string | undefined
  /** Oldest first, an id perhaps several times; up to twice as long as it is told, so that it is seldom cut. */
  #recent: string[] = []
  readonly #say: (message: string) => void
  readonly #waiting: (() => void)[] = []

  constructor(say: (message: string) => void) {
    this.#say = say
  }

  /** `count` more are on their way; each must end in accepted, refused or dropped. */
  started(count = 1): void {
    this.#pending += count
  }

  accepted(traceIds: Iterable<string>, count: number): void {
    this.#accepted += count
    this.#settle(count)
    this.#said = undefined
    for (const id of traceIds) if (id !== this.#recent.at(-1)) this.#recent.push(id)
    if (this.#recent.length > 2 * RECENT_TRACE_IDS) this.#recent = this.#newest()
  }

  refused(count: number, message: string): void {
    this.#refused += count
    this.#settle(count)
    this.#fail(message)
  }

  dropped(count: number, message: string): void {
    this.#dropped += count
    this.#settle(count)
    this.#fail(message)
  }

  /** Resolves when nothing is on its way any more. */
  idle(): Promise<void> {
    return this.#pending === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve))
  }

  get pending(): number {
    return this.#pending
  }

  report(): DeliveryReport {
    return {
      accepted: this.#accepted,
      refused: this.#refused,
      dropped: this.#dropped,
      pending: this.#pending,
      ...(this.#lastError && { lastError: this.#lastError }),
      recentTraceIds: this.#newest(),
    }
  }

  /** Each id once, where it was last. */
  #newest(): string[] {
    return [...new Set(this.#recent.toReversed())].slice(0, RECENT_TRACE_IDS).toReversed()
  }

  #settle(count: number): void {
    this.#pending = Math.max(0, this.#pending - count)
    if (this.#pending === 0) for (const resolve of this.#waiting.splice(0)) resolve()
  }

  #fail(message: string): void {
    this.#lastError = { at: new Date().toISOString(), message }
    if (this.#said === message) return
    this.#said = message
    this.#say(message)
  }
}
