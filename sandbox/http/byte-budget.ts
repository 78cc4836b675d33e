import { HttpError } from './answer.ts'

/**
 * A body of more bytes is large: it is decoded in the decode thread, not by the main thread. SDKs send batches of 512 spans,
 * which are mostly smaller.
 */
export const LARGE_BYTES = 256 * 1024
/** How many large bodies are handled at once: one is decoded while the next is decompressed. */
const MAX_LARGE = 2
/** How long a large body waits for others. */
const MAX_WAIT_MS = 10_000
/** The part of the budget that large bodies leave to small ones. */
const SMALL_BODIES_SHARE = 1 / 4
/** The part of the budget that a sender may take with several bodies where they are large. */
const SENDER_SHARE = 1 / 2

/** How many senders' turns are remembered. */
const MAX_SENDERS = 1_000

interface Waiting {
  readonly sender: string | symbol
  readonly start: () => void
}

/**
 * Bounds the bytes of bodies that a server holds at once, for all its requests together, and how many large ones it handles:
 * one of each sender, and next the one of the sender whose last turn is longest ago.
 */
export class ByteBudget {
  #left: number
  readonly #forSmall: number
  readonly #forSender: number
  readonly #takenBy = new Map<string | symbol, number>()
  readonly #handled = new Set<string | symbol>()
  /** In the order of their last turns. */
  readonly #lastTurns = new Set<string | symbol>()
  readonly #waiting = new Set<Waiting>()
  readonly #maxWaitMs: number

  constructor(maxBytes: number, maxWaitMs = MAX_WAIT_MS) {
    this.#left = maxBytes
    this.#forSmall = maxBytes * SMALL_BODIES_SHARE
    this.#forSender = maxBytes * SENDER_SHARE
    this.#maxWaitMs = maxWaitMs
  }

  /** Returns the share of one request, which has no bytes yet. Without `sender` it is one by itself, and not bounded as such. */
  open(sender: string | symbol = Symbol('a sender')) {
    let taken = 0
    let hasSlot = false
    return {
      /**
       * False, without taking anything, when not enough is left. Large bodies leave a quarter of the budget to small ones, and those
       * of one sender half of it to others.
       */
      take: (bytes: number): boolean => {
        const isLarge = taken + bytes > LARGE_BYTES
        const ofSender = (this.#takenBy.get(sender) ?? 0) + bytes
        const isOnlyOne = ofSender === taken + bytes
        if (bytes > this.#left - (isLarge ? this.#forSmall : 0)) return false
        if (isLarge && !isOnlyOne && typeof sender === 'string' && ofSender > this.#forSender) return false
        this.#left -= bytes
        this.#takenBy.set(sender, ofSender)
        taken += bytes
        return true
      },
      /** Waits for the sender's turn. Throws an HttpError (503) after ten seconds. */
      takeSlot: async (): Promise<void> => {
        if (hasSlot) return
        await this.#takeSlot(sender)
        hasSlot = true
      },
      /** Gives back all bytes that the request took, and its slot. */
      release: (): void => {
        this.#left += taken
        const others = (this.#takenBy.get(sender) ?? 0) - taken
        if (others > 0) this.#takenBy.set(sender, others)
        else this.#takenBy.delete(sender)
        taken = 0
        if (hasSlot) this.#giveSlot(sender)
        hasSlot = false
      },
    }
  }

  async #takeSlot(sender: string | symbol): Promise<void> {
    if (this.#canStart(sender)) {
      this.#start(sender)
      return
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiting = { sender, start: resolve }
    const timer = setTimeout(() => {
      this.#waiting.delete(waiting)
      reject(tooMuch())
    }, this.#maxWaitMs)
    this.#waiting.add(waiting)
    await promise.finally(() => clearTimeout(timer))
  }

  #giveSlot(sender: string | symbol): void {
    this.#handled.delete(sender)
    const next = this.#next()
    if (!next) return
    this.#waiting.delete(next)
    this.#start(next.sender)
    next.start()
  }

  #canStart(sender: string | symbol): boolean {
    return this.#handled.size < MAX_LARGE && !this.#handled.has(sender)
  }

  #start(sender: string | symbol): void {
    this.#handled.add(sender)
    this.#lastTurns.delete(sender)
    this.#lastTurns.add(sender)
    const [oldest] = this.#lastTurns
    if (oldest !== undefined && this.#lastTurns.size > MAX_SENDERS) this.#lastTurns.delete(oldest)
  }

  /** Of the sender that has had no turn, or whose last one is longest ago; the one that has waited longest where there are more. */
  #next(): Waiting | undefined {
    const bySender = new Map<string | symbol, Waiting>()
    for (const waiting of this.#waiting) {
      const { sender } = waiting
      if (bySender.has(sender) || !this.#canStart(sender)) continue
      if (!this.#lastTurns.has(sender)) return waiting
      bySender.set(sender, waiting)
    }
    for (const sender of this.#lastTurns) if (bySender.has(sender)) return bySender.get(sender)
    return undefined
  }
}

export type BudgetShare = ReturnType<ByteBudget['open']>

/** Exporters retry after a 503. */
export function tooMuch(): HttpError {
  return new HttpError(503, 'too much is being sent at once; try again')
}
