/** What became of one signal's telemetry since the process started. `/health/telemetry` returns it unchanged. */
export interface DeliveryReport {
  /** Spans, log records, metrics or errors that the provider answered 2xx for, and did not reject in that answer. */
  readonly accepted: number
  /** Those that the provider rejected or that never reached it. */
  readonly refused: number
  /** Those given up before they were sent: a full queue, a rate limit, a socket error. */
  readonly dropped: number
  /** Those that were sent without proof of receipt: by UDP, or with an answer that was cut off. */
  readonly unconfirmed: number
  /** Those that wait to be sent, or for an answer. */
  readonly pending: number
  /** Whether the last attempt failed. `lastError` is history otherwise. */
  readonly failing: boolean
  readonly lastError?: { readonly at: string; readonly message: string }
  /** Ids of the last 500 traces of which a record was accepted or, by UDP, sent; in order of time. */
  readonly recentTraceIds: readonly string[]
}

/** What is sent together: how many items, and the traces that they belong to. */
export interface Batch {
  readonly count: number
  readonly traceIds: Iterable<string>
}

/** The items of a batch that were not accepted; the rest was. */
export interface Outcome {
  readonly refused?: number
  readonly dropped?: number
  readonly unconfirmed?: number
  /** What failed, and its fix. Without it nothing has failed. */
  readonly message?: string
}

/** From the first failure until deliveries have succeeded for a second. Times are those of `performance.now()`. */
interface Outage {
  readonly startedAt: number
  /** What was lost before it. */
  readonly refused: number
  readonly dropped: number
  endedAt: number
  quiet: NodeJS.Timeout | undefined
}

const RECENT_TRACE_IDS = 500
const DROP_LOG_MS = 60_000
/** An outage has ended when this long after a success nothing has failed. */
const QUIET_MS = 1_000

/**
 * Counts the deliveries of one signal to one provider. SDKs fail silently by design, so that a missing key looks just
 * like a missing request. Every item is counted twice: by `started` when it is made, and by `settle` when its fate is
 * known. Logs one line when deliveries begin to fail and one when they succeed again, so that an outage does not fill
 * the log.
 */
export class Delivery {
  #accepted = 0
  #refused = 0
  #dropped = 0
  #unconfirmed = 0
  #pending = 0
  #lastError: { at: string; message: string } | undefined
  #isFailing = false
  #outage: Outage | undefined
  /** The losses that lines about the end of an outage have named. */
  readonly #logged = { refused: 0, dropped: 0 }
  /** When a drop may be logged again (`performance.now()`). */
  #logsDropAt = 0
  /** The one that was sent first comes first. */
  readonly #recentTraceIds = new Set<string>()
  readonly #log: (message: string) => void
  readonly #scrub: (text: string) => string
  readonly #waitingForIdle: (() => void)[] = []

  /** `scrub` removes secrets from messages, which quote what a provider, or a proxy before it, has answered. */
  constructor(log: (message: string) => void, scrub: (text: string) => string = (text) => text) {
    this.#log = log
    this.#scrub = scrub
  }

  /** `count` more items are pending; each must be settled. */
  started(count = 1): void {
    this.#pending += count
  }

  /** Counts a batch whose items are no longer pending, as accepted except for `outcome`. */
  settle({ count, traceIds }: Batch, outcome: Outcome = {}): void {
    const { refused = 0, dropped = 0, unconfirmed = 0, message } = outcome
    // Before counting, so that the outage that begins here includes these items.
    if (message !== undefined) this.failing(message)
    const accepted = count - refused - dropped - unconfirmed
    this.#accepted += accepted
    this.#refused += refused
    this.#dropped += dropped
    this.#unconfirmed += unconfirmed
    if (accepted > 0 && message === undefined) this.#succeeded()
    // A datagram that was sent has no message. An answer that was cut off has one, and is not remembered.
    if (accepted > 0 || (unconfirmed > 0 && message === undefined)) this.#remember(traceIds)
    this.#pending -= count
    if (this.#pending === 0) for (const resolve of this.#waitingForIdle.splice(0)) resolve()
  }

  /** `count` items that were counted as unconfirmed turn out not to have arrived. */
  revoke(count: number, message: string): void {
    this.failing(message)
    this.#unconfirmed -= count
    this.#refused += count
  }

  /**
   * Counts a batch as dropped by this process: a limit was reached, or the data cannot be encoded. The provider does not
   * fail, so the reason is logged at most once a minute.
   */
  drop(batch: Batch, reason: string): void {
    // In an outage the last error stays the provider's, which is the cause.
    if (!this.isFailing) {
      const message = this.#scrub(reason)
      this.#lastError = { at: new Date().toISOString(), message }
      const now = performance.now()
      if (now >= this.#logsDropAt) {
        this.#logsDropAt = now + DROP_LOG_MS
        this.#log(message)
      }
    }
    this.settle(batch, { dropped: batch.count })
  }

  /** An attempt has failed. Its items may be pending still. */
  failing(reason: string): void {
    const message = this.#scrub(reason)
    this.#lastError = { at: new Date().toISOString(), message }
    this.#isFailing = true
    clearTimeout(this.#outage?.quiet)
    if (this.#outage) {
      this.#outage.quiet = undefined
      return
    }
    const startedAt = performance.now()
    const lost = { refused: this.#refused, dropped: this.#dropped }
    this.#outage = { startedAt, ...lost, endedAt: startedAt, quiet: undefined }
    this.#log(message)
  }

  /** Deliveries succeed again, for certain. */
  recovered(): void {
    this.#succeeded()
    this.#endOutage()
  }

  /** An attempt has succeeded. Attempts that fail and succeed in turn are one outage. */
  #succeeded(): void {
    this.#isFailing = false
    if (!this.#outage || this.#outage.quiet) return
    this.#outage.endedAt = performance.now()
    this.#outage.quiet = setTimeout(() => this.#endOutage(), QUIET_MS).unref()
  }

  #endOutage(): void {
    if (!this.#outage) return
    const { startedAt, endedAt, quiet, ...before } = this.#outage
    clearTimeout(quiet)
    this.#outage = undefined
    const refused = this.#refused - before.refused
    const dropped = this.#dropped - before.dropped
    this.#logged.refused += refused
    this.#logged.dropped += dropped
    const seconds = Math.round((endedAt - startedAt) / 1_000)
    this.#log(`delivering again after ${seconds} s; ${refused + dropped} lost`)
  }

  /** Logs, at the end of the process, what is pending, and the losses that no line has named yet. */
  logLosses(): void {
    if (!this.#isFailing) this.#endOutage()
    const refused = this.#refused - this.#logged.refused
    const dropped = this.#dropped - this.#logged.dropped
    if (this.#pending + refused + dropped === 0) return
    const last = this.#lastError ? ` (last: ${this.#lastError.message})` : ''
    this.#log(`${this.#pending} not delivered in time, ${refused} refused, ${dropped} dropped${last}`)
  }

  /** Whether the last attempt failed. */
  get isFailing(): boolean {
    return this.#isFailing
  }

  /** Resolves when nothing is pending. */
  idle(): Promise<void> {
    return this.#pending === 0
      ? Promise.resolve()
      : new Promise((resolve) => this.#waitingForIdle.push(resolve))
  }

  report(): DeliveryReport {
    return {
      accepted: this.#accepted,
      refused: this.#refused,
      dropped: this.#dropped,
      unconfirmed: this.#unconfirmed,
      pending: this.#pending,
      failing: this.isFailing,
      ...(this.#lastError && { lastError: this.#lastError }),
      recentTraceIds: [...this.#recentTraceIds],
    }
  }

  #remember(traceIds: Iterable<string>): void {
    for (const id of traceIds) {
      // Moves an id that is known to the end.
      this.#recentTraceIds.delete(id)
      this.#recentTraceIds.add(id)
    }
    for (const oldest of this.#recentTraceIds) {
      if (this.#recentTraceIds.size <= RECENT_TRACE_IDS) break
      this.#recentTraceIds.delete(oldest)
    }
  }
}
