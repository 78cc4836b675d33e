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

/**
 * How many large bodies of a sender are read or handled at once; the rest of them are not read yet, so that the sender
 * waits. A Collector sends ten at once, which are mostly small.
 */
const MAX_READ_OF_SENDER = 8
/** How many senders' turns are remembered. */
const MAX_SENDERS = 1_000

interface Waiting {
  readonly sender: string | symbol
  /** Bytes of a body that is not read yet. */
  readonly bytes: number
  readonly start: () => void
}

/** The large bodies of a sender that are read or handled. */
interface Reading {
  bodies: number
  bytes: number
}

/**
 * Bounds the bytes of bodies that a server holds at once, for all its requests together, and how many large ones it
 * handles: one of each sender, and next the one of the sender whose last turn is longest ago.
 */
export class ByteBudget {
  #left: number
  readonly #forSmall: number
  readonly #forSender: number
  readonly #takenBy = new Map<string | symbol, number>()
  readonly #handled = new Set<string | symbol>()
  /** In the order of their last turns. */
  readonly #lastTurns = new Set<string | symbol>()
  readonly #waitingForTurn = new Set<Waiting>()
  readonly #reading = new Map<string | symbol, Reading>()
  readonly #waitingToBeRead = new Set<Waiting>()
  readonly #maxWaitMs: number

  constructor(maxBytes: number, maxWaitMs = MAX_WAIT_MS) {
    this.#left = maxBytes
    this.#forSmall = maxBytes * SMALL_BODIES_SHARE
    this.#forSender = maxBytes * SENDER_SHARE
    this.#maxWaitMs = maxWaitMs
  }

  /**
   * Returns the share of one request, which has no bytes yet. A request without a `sender` is the only one of its sender,
   * which is not bounded.
   */
  open(sender: string | symbol = Symbol('a sender')) {
    let taken = 0
    let hasSlot = false
    let reading: Reading | undefined
    return {
      /**
       * Waits until a large body may be read: of one sender at most eight, which together take at most its part of the
       * budget, unless there is only one. The others cost neither memory nor time while they wait. `bytes` is the length
       * of the body, as far as it is known. Throws an HttpError (503) after ten seconds.
       */
      waitToRead: async (bytes: number): Promise<void> => {
        if (reading) return
        await this.#waitToRead(sender, bytes)
        reading = { bodies: 1, bytes }
      },
      /**
       * False, without taking anything, when not enough is left. Large bodies leave a quarter of the budget to small ones,
       * and those of one sender half of it to others.
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
      /** Gives back all bytes that the request took, its slot, and its place among those that are read. */
      release: (): void => {
        this.#left += taken
        const others = (this.#takenBy.get(sender) ?? 0) - taken
        if (others > 0) this.#takenBy.set(sender, others)
        else this.#takenBy.delete(sender)
        taken = 0
        if (hasSlot) this.#giveSlot(sender)
        hasSlot = false
        if (reading) this.#endRead(sender, reading)
        reading = undefined
      },
    }
  }

  async #takeSlot(sender: string | symbol): Promise<void> {
    if (this.#canStart(sender)) this.#start(sender)
    else await this.#wait(this.#waitingForTurn, sender, 0)
  }

  async #wait(queue: Set<Waiting>, sender: string | symbol, bytes: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiting = { sender, bytes, start: resolve }
    const timer = setTimeout(() => {
      queue.delete(waiting)
      reject(tooMuch())
    }, this.#maxWaitMs)
    queue.add(waiting)
    await promise.finally(() => clearTimeout(timer))
  }

  async #waitToRead(sender: string | symbol, bytes: number): Promise<void> {
    if (this.#canRead(sender, bytes)) this.#startRead(sender, bytes)
    else await this.#wait(this.#waitingToBeRead, sender, bytes)
  }

  #canRead(sender: string | symbol, bytes: number): boolean {
    const reading = this.#reading.get(sender)
    return !reading || (reading.bodies < MAX_READ_OF_SENDER && reading.bytes + bytes <= this.#forSender)
  }

  #startRead(sender: string | symbol, bytes: number): void {
    const reading = this.#reading.get(sender) ?? { bodies: 0, bytes: 0 }
    this.#reading.set(sender, { bodies: reading.bodies + 1, bytes: reading.bytes + bytes })
  }

  #endRead(sender: string | symbol, ended: Reading): void {
    const reading = this.#reading.get(sender)
    if (!reading) return
    reading.bodies -= ended.bodies
    reading.bytes -= ended.bytes
    if (reading.bodies === 0) this.#reading.delete(sender)
    for (const waiting of this.#waitingToBeRead) {
      if (waiting.sender !== sender) continue
      if (!this.#canRead(sender, waiting.bytes)) return
      this.#waitingToBeRead.delete(waiting)
      this.#startRead(sender, waiting.bytes)
      waiting.start()
    }
  }

  #giveSlot(sender: string | symbol): void {
    this.#handled.delete(sender)
    const next = this.#next()
    if (!next) return
    this.#waitingForTurn.delete(next)
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

  /** Of the sender that has had no turn, or whose last one is longest ago; of more than one, which has waited longest. */
  #next(): Waiting | undefined {
    const bySender = new Map<string | symbol, Waiting>()
    for (const waiting of this.#waitingForTurn) {
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

const RETRY_AFTER_S = 2

/** Exporters retry after a 503. */
export function tooMuch(): HttpError {
  return new BusyError('too much is being sent at once; try again')
}

/** A 503 that says when to try again. */
export class BusyError extends HttpError {
  override readonly name = 'BusyError'
  /** Source: https://opentelemetry.io/docs/specs/otlp/#otlphttp-throttling */
  readonly retryAfterS = RETRY_AFTER_S

  constructor(message: string) {
    super(503, message)
  }
}
