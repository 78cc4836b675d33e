import { setImmediate as nextTurn } from 'node:timers/promises'
import { withDeadline } from '../deadline.ts'
import type { Batch, Delivery } from './delivery.ts'
import { POST_TIMEOUT_MS } from './http-post.ts'
import type { RetryQueue } from './retry-queue.ts'

export interface BatchesOptions<Item> {
  /** For messages: `span`. */
  readonly what: string
  readonly encode: (items: Item[]) => Uint8Array | undefined
  /** About how many characters an item has to encode. */
  readonly sizeOf: (item: Item) => number
  readonly traceIdOf: (item: Item) => string | undefined
  readonly queue: RetryQueue
  readonly delivery: Delivery
}

/** Items, and characters, that are encoded together: some ten milliseconds of work. */
const MAX_BATCH = 512
const MAX_BATCH_SIZE = 500_000
/** Characters. No provider takes an item that is larger, and to encode it would block the process. */
const MAX_ITEM_SIZE = 2_000_000
/** OpenTelemetry's default of 5 s looks to a learner like "nothing arrived". */
const BATCH_DELAY_MS = 500
/** Beyond it, items are encoded at once instead of one batch per turn of the event loop. */
const MAX_UNENCODED = 8_192
const MAX_UNENCODED_SIZE = 32 * 1024 * 1024

/**
 * Collects items for up to half a second, encodes them in batches, at most one per turn of the event loop, and queues
 * them. Items are encoded before they wait: that takes a fifth of their memory, and its bytes can be counted.
 */
export class Batches<Item> {
  readonly #options: BatchesOptions<Item>
  readonly #items: { readonly item: Item; readonly size: number }[] = []
  /** Of all items. */
  #size = 0
  #timer: NodeJS.Timeout | undefined
  #turn: NodeJS.Immediate | undefined

  constructor(options: BatchesOptions<Item>) {
    this.#options = options
  }

  add(item: Item): void {
    const { delivery, what, sizeOf, traceIdOf } = this.#options
    delivery.started()
    const size = sizeOf(item)
    if (size > MAX_ITEM_SIZE) {
      const traceIds = [traceIdOf(item)].filter((id) => id !== undefined)
      delivery.drop({ count: 1, traceIds }, `a ${what} has more than ${MAX_ITEM_SIZE} characters`)
      return
    }
    this.#items.push({ item, size })
    this.#size += size
    if (this.#items.length > MAX_UNENCODED || this.#size > MAX_UNENCODED_SIZE) this.#queueOne()
    else this.#schedule()
  }

  /** Sends everything now. Resolves when nothing is pending, at the latest after ten seconds. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    while (this.#items.length > 0) {
      this.#queueOne()
      if (this.#items.length > 0) await nextTurn()
    }
    await withDeadline(this.#options.queue.flush(), POST_TIMEOUT_MS)
  }

  #schedule(): void {
    if (this.#items.length >= MAX_BATCH || this.#size >= MAX_BATCH_SIZE) {
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
        this.#schedule()
      }, BATCH_DELAY_MS).unref()
    }
  }

  /** Encodes and queues the oldest items, as many as fit in a batch, and at least one. */
  #queueOne(): void {
    let count = 0
    let size = 0
    for (const one of this.#items) {
      if (count === MAX_BATCH || (count > 0 && size + one.size > MAX_BATCH_SIZE)) break
      count++
      size += one.size
    }
    this.#size -= size
    if (count > 0) this.#encode(this.#items.splice(0, count).map(({ item }) => item))
  }

  /** Halves what cannot be encoded until the item that is the reason is alone. */
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
    if (!body && items.length > 1) {
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
