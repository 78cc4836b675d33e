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

/** Bounds the bytes of bodies that a server holds at once, for all its requests together, and how many large ones it handles. */
export class ByteBudget {
  #left: number
  #slots = MAX_LARGE
  readonly #forSmall: number
  readonly #waiting = new Set<() => void>()
  readonly #maxWaitMs: number

  constructor(maxBytes: number, maxWaitMs = MAX_WAIT_MS) {
    this.#left = maxBytes
    this.#forSmall = maxBytes * SMALL_BODIES_SHARE
    this.#maxWaitMs = maxWaitMs
  }

  /** Returns the share of one request, which has no bytes yet. */
  open() {
    let taken = 0
    let hasSlot = false
    return {
      /** False, without taking anything, when not enough is left. Large bodies leave a quarter of the budget to small ones. */
      take: (bytes: number): boolean => {
        const kept = taken + bytes > LARGE_BYTES ? this.#forSmall : 0
        if (bytes > this.#left - kept) return false
        this.#left -= bytes
        taken += bytes
        return true
      },
      /** Waits until few enough other large bodies are handled. Throws an HttpError (503) after ten seconds. */
      takeSlot: async (): Promise<void> => {
        if (hasSlot) return
        await this.#takeSlot()
        hasSlot = true
      },
      /** Gives back all bytes that the request took, and its slot. */
      release: (): void => {
        this.#left += taken
        taken = 0
        if (hasSlot) this.#giveSlot()
        hasSlot = false
      },
    }
  }

  async #takeSlot(): Promise<void> {
    if (this.#slots > 0) {
      this.#slots--
      return
    }
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const timer = setTimeout(() => {
      this.#waiting.delete(resolve)
      reject(tooMuch())
    }, this.#maxWaitMs)
    this.#waiting.add(resolve)
    await promise.finally(() => clearTimeout(timer))
  }

  /** To the body that has waited longest. */
  #giveSlot(): void {
    const [next] = this.#waiting
    if (!next) {
      this.#slots++
      return
    }
    this.#waiting.delete(next)
    next()
  }
}

export type BudgetShare = ReturnType<ByteBudget['open']>

/** Exporters retry after a 503. */
export function tooMuch(): HttpError {
  return new HttpError(503, 'too much is being sent at once; try again')
}
