/**
 * The last message of each answer: `Z`, a length of 5, and the state of the transaction, `I` without one.
 *
 * Source: https://www.postgresql.org/docs/current/protocol-message-formats.html, ReadyForQuery
 */
const READY = Buffer.from([0x5a, 0, 0, 0, 5])
const READY_BYTES = READY.length + 1
const NO_TRANSACTION = 0x49

/** unfinished: more of the answer follows, or more messages of the query. */
export type Answered = 'unfinished' | 'in transaction' | 'idle'

/** The state of a session after a part of an answer, which PGlite cuts at the ends of messages. */
export function stateAfter(answer: Uint8Array): Answered {
  const last = answer.subarray(-READY_BYTES)
  if (!READY.equals(last.subarray(0, READY.length))) return 'unfinished'
  return last.at(-1) === NO_TRANSACTION ? 'idle' : 'in transaction'
}
