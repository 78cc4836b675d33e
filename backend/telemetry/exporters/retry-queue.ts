import { setTimeout as delay } from 'node:timers/promises'
import { context, ROOT_CONTEXT } from '@opentelemetry/api'
import { suppressTracing } from '@opentelemetry/core'
import type { Batch, Delivery, Outcome } from './delivery.ts'

/** A body that is ready to be sent, and what is counted for it. */
export interface Payload {
  readonly body: Uint8Array
  readonly batch: Batch
}

/** What an attempt to send a body came to. */
export type Attempt =
  | {
      /** Empty: all was accepted. */
      readonly outcome: Outcome
      /** The content was rejected: where several payloads were joined, each is sent alone, so that one costs no other. */
      readonly isContent?: boolean
    }
  /** To be sent again, after a growing pause, and not before `afterMs`. The text says what failed. */
  | { readonly retry: string; readonly afterMs?: number | undefined }

export interface RetryQueueOptions {
  readonly delivery: Delivery
  /** Sends a body with `count` items. A rejection counts the items as dropped. */
  readonly send: (body: Uint8Array, count: number) => Promise<Attempt>
  /** The bodies that wait or are being sent. Beyond either limit the oldest are dropped, and counted. */
  readonly maxBytes: number
  readonly maxItems: number
  /** Whether bodies can be joined into one by concatenation, as protobuf messages of repeated fields can. Default: no. */
  readonly canJoin?: boolean
}

const FIRST_RETRY_MS = 500
const MAX_RETRY_MS = 5_000
/** A longer Retry-After is shortened to one minute. */
const MAX_RETRY_AFTER_MS = 60_000
/** Limits of a joined body, far below those of the providers (X-Ray: 5 MB and 10,000 spans). */
const MAX_JOINED_BYTES = 1024 * 1024
const MAX_JOINED_ITEMS = 4_096

/**
 * Sends bodies one after the other, oldest first. A body that could not be delivered is kept and sent again, for as long
 * as there is room, so that an outage of the provider loses nothing before the limits are reached.
 */
export class RetryQueue {
  readonly #options: RetryQueueOptions
  readonly #waiting: (Payload & { readonly isAlone?: boolean })[] = []
  /** Bytes and items of what waits or is being sent. */
  #bytes = 0
  #items = 0
  #isRunning = false
  #retryMs = FIRST_RETRY_MS
  /** Ends the wait before the next attempt. */
  #wake: AbortController | undefined

  constructor(options: RetryQueueOptions) {
    this.#options = options
  }

  /** Adds a payload, whose items are pending already (`Delivery.started`). */
  add(payload: Payload): void {
    this.#waiting.push(payload)
    this.#bytes += payload.body.byteLength
    this.#items += payload.batch.count
    this.#dropOldest()
    // A post must not become a span, nor keep the context of the request that it happens to follow.
    if (!this.#isRunning) void context.with(suppressTracing(ROOT_CONTEXT), () => this.#run())
  }

  /** Sends what waits now instead of after the next pause, and resolves when nothing is pending. */
  flush(): Promise<void> {
    this.#retryMs = FIRST_RETRY_MS
    this.#wake?.abort()
    return this.#options.delivery.idle()
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    while (this.#waiting.length > 0) await this.#sendNext()
    this.#isRunning = false
  }

  async #sendNext(): Promise<void> {
    const { delivery, send } = this.#options
    const payloads = this.#take()
    const batch = joinBatches(payloads)
    const body = joinBodies(payloads)
    const attempt = await send(body, batch.count).catch(
      (error: Error): Attempt => ({ outcome: { dropped: batch.count, message: error.message } }),
    )
    if ('retry' in attempt) {
      delivery.failing(attempt.retry)
      this.#waiting.unshift(...payloads)
      await this.#pause(attempt.afterMs)
    } else if (attempt.isContent && payloads.length > 1) {
      this.#waiting.unshift(...payloads.map((payload) => ({ ...payload, isAlone: true })))
    } else {
      this.#retryMs = FIRST_RETRY_MS
      this.#bytes -= body.byteLength
      this.#items -= batch.count
      delivery.settle(batch, attempt.outcome)
    }
  }

  /** The oldest payload, and those after it that fit into the same request. */
  #take(): Payload[] {
    let count = 0
    let bytes = 0
    let items = 0
    for (const { body, batch, isAlone } of this.#waiting) {
      bytes += body.byteLength
      items += batch.count
      const fits = this.#options.canJoin && bytes <= MAX_JOINED_BYTES && items <= MAX_JOINED_ITEMS && !isAlone
      if (count > 0 && !fits) break
      count++
      if (isAlone) break
    }
    return this.#waiting.splice(0, count)
  }

  async #pause(afterMs: number | undefined): Promise<void> {
    this.#wake = new AbortController()
    // A clock that is behind makes a date of Retry-After one in the past: the growing pause is the least.
    const ms = Math.max(this.#retryMs, Math.min(afterMs ?? 0, MAX_RETRY_AFTER_MS))
    this.#retryMs = Math.min(this.#retryMs * 2, MAX_RETRY_MS)
    // A failed provider must not keep the process from ending.
    await delay(ms, undefined, { ref: false, signal: this.#wake.signal }).catch(() => {})
    this.#wake = undefined
  }

  #dropOldest(): void {
    const { delivery, maxBytes, maxItems } = this.#options
    while (this.#waiting.length > 0 && (this.#bytes > maxBytes || this.#items > maxItems)) {
      const { body, batch } = this.#waiting.shift() as Payload
      this.#bytes -= body.byteLength
      this.#items -= batch.count
      const limit = `more than ${maxItems} items or ${Math.round(maxBytes / 1024 / 1024)} MiB waited to be sent`
      delivery.drop(batch, limit)
    }
  }
}

function joinBatches(payloads: readonly Payload[]): Batch {
  return {
    count: payloads.reduce((sum, { batch }) => sum + batch.count, 0),
    traceIds: new Set(payloads.flatMap(({ batch }) => [...batch.traceIds])),
  }
}

function joinBodies(payloads: readonly Payload[]): Uint8Array {
  const [first] = payloads
  return payloads.length === 1 && first ? first.body : Buffer.concat(payloads.map(({ body }) => body))
}
