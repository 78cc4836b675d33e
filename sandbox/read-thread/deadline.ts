/** The question was cancelled, or took longer than it may. */
export class QuestionEnded extends Error {
  override readonly name = 'QuestionEnded'
  readonly reason: 'cancelled' | 'too slow'

  constructor(reason: 'cancelled' | 'too slow') {
    super(reason)
    this.reason = reason
  }
}

/** Throws a QuestionEnded when a question must end. Called between the steps of an answer, each of which takes milliseconds. */
export type CheckDeadline = () => void

/** `cancelled` is set to another value than 0 by another thread. `endMs` returns a time of `performance.now()`. */
export function createDeadline(endMs: () => number, cancelled: Int32Array): CheckDeadline {
  return () => {
    if (Atomics.load(cancelled, 0) !== 0) throw new QuestionEnded('cancelled')
    if (performance.now() > endMs()) throw new QuestionEnded('too slow')
  }
}
