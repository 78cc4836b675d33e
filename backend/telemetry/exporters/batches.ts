import { withDeadline } from '../deadline.ts'
import type { Batch, Delivery } from './delivery.ts'
import { POST_TIMEOUT_MS } from './http-post.ts'
import type { RetryQueue } from './retry-queue.ts'

export interface BatchesOptions<Item> {
  /** For messages: `span`. */
  readonly what: string
  readonly encode: (items: Item[]) => Uint8Array | undefined
  readonly traceIdOf: (item: Item) => string | undefined
  readonly queue: RetryQueue
  readonly delivery: Delivery
}

/** Items that are encoded together. */
const MAX_BATCH = 512
/** OpenTelemetry's default of 5 s looks to a learner like "nothing arrived". */
const BATCH_DELAY_MS = 500
/** Beyond it, items are encoded at once instead of one batch per turn of the event loop. */
const MAX_UNENCODED = 8_192
/** Bytes per request. X-Ray's limit is 5 MB, Honeycomb's 20 MiB. */
const MAX_BODY_BYTES = 5_000_000

/**
 * Collects items for up to half a second, encodes them in batches, at most one per turn of the event loop, and queues
 * them. Items are encoded before they wait: that takes a fifth of their memory, and its bytes can be counted.
 */
export class Batches<Item> {
  readonly #options: BatchesOptions<Item>
  readonly #items: Item[] = []
  #timer: NodeJS.Timeout | undefined
  #turn: NodeJS.Immediate | undefined

  constructor(options: BatchesOptions<Item>) {
    this.#options = options
  }

  add(item: Item): void {
    this.#options.delivery.started()
    this.#items.push(item)
    if (this.#items.length > MAX_UNENCODED) this.#queueOne()
    else this.#schedule()
  }

  /** Sends everything now. Resolves when nothing is pending, at the latest after ten seconds. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    while (this.#items.length > 0) this.#queueOne()
    await withDeadline(this.#options.queue.flush(), POST_TIMEOUT_MS)
  }

  #schedule(): void {
    if (this.#items.length >= MAX_BATCH) {
      this.#turn ??= setImmediate(() => {
        this.#turn = undefined
        this.#queueOne()
        this.#schedule()
      })
    } else if (this.#items.length > 0) {
      // A batch that waits must not keep the process from ending: `flush` is called then.
      this.#timer ??= setTimeout(() => {
        this.#timer = undefined
        this.#queueOne()
      }, BATCH_DELAY_MS).unref()
    }
  }

  #queueOne(): void {
    if (this.#items.length > 0) this.#encode(this.#items.splice(0, MAX_BATCH))
  }

  /** Halves what is too large for a request, and what cannot be encoded, until the item that is the reason is alone. */
  #encode(items: Item[]): void {
    const { what, encode, traceIdOf, queue, delivery } = this.#options
    const batch: Batch = {
      count: items.length,
      traceIds: new Set(items.map(traceIdOf).filter((id) => id !== undefined)),
    }
    let body: Uint8Array | undefined
    let reason = 'it has no encoding'
    try {
      body = encode(items)
    } catch (error) {
      reason = (error as Error).message
    }
    const isTooLarge = body !== undefined && body.byteLength > MAX_BODY_BYTES
    if (items.length > 1 && (!body || isTooLarge)) {
      const half = Math.ceil(items.length / 2)
      this.#encode(items.slice(0, half))
      this.#encode(items.slice(half))
    } else if (body) {
      queue.add({ body, batch })
    } else {
      delivery.drop(batch, `a ${what} cannot be encoded: ${reason}`)
    }
  }
}
