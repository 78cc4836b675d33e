import type { Answer } from './answer.ts'
import { CLIENT_CLOSED_REQUEST } from './turns.ts'

interface WaitingRead {
  /** Clients that have not left. */
  clients: number
  readonly leaving: AbortController
  readonly answer: Promise<Answer>
}

/**
 * Joins equal reads that wait for their turn: thirty pages that are told of a new record read the same list at the same moment.
 * A read that has begun is not joined, because it may have begun before the newest records arrived.
 */
export function createSharedReads(nextTurn: () => Promise<unknown>) {
  const waiting = new Map<string, WaitingRead>()

  const begin = (key: string, handle: (signal: AbortSignal) => Answer | Promise<Answer>): WaitingRead => {
    const leaving = new AbortController()
    const handled = async () => {
      await nextTurn()
      if (waiting.get(key)?.leaving === leaving) waiting.delete(key)
      return leaving.signal.aborted ? { status: CLIENT_CLOSED_REQUEST } : handle(leaving.signal)
    }
    const read = { clients: 0, leaving, answer: handled() }
    waiting.set(key, read)
    return read
  }

  /**
   * The answer of `handle`, which is called once for all that wait with the same key. Its signal aborts when the last of
   * them has left; `signal` aborts when this one leaves.
   */
  return (
    key: string,
    signal: AbortSignal,
    handle: (signal: AbortSignal) => Answer | Promise<Answer>,
  ): Promise<Answer> => {
    const read = waiting.get(key) ?? begin(key, handle)
    read.clients++
    const leave = () => {
      if (--read.clients > 0) return
      read.leaving.abort()
      // A client that comes later needs an answer.
      if (waiting.get(key) === read) waiting.delete(key)
    }
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave, { once: true })
    return read.answer
  }
}
