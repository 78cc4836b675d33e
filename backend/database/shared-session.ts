import { type ExecProtocolOptionsStream, PGlite } from '@electric-sql/pglite'
import { stateAfter } from './answer-state.ts'
import { refuseUnsafe } from './unsafe-messages.ts'

const codes = (letters: string) => new Set([...letters].map((letter) => letter.charCodeAt(0)))
/** Parse, Bind, Describe, Execute and Close, which all have an answer: it begins the silence that sessions.ts bounds. */
const BEGINS_BATCH = codes('PBDEC')
const ERROR_RESPONSE = 0x45

/**
 * PGlite for its socket server, whose clients share one session. The server takes the messages of all clients in the order in
 * which they come, and leaves a client the session only while `isInTransaction` is true. A query with parameters is a batch of
 * five messages that ends with Sync. Without this class, queries that have waited for another client's transaction run message
 * by message in turn: each Parse replaces the statement of the others, and a query gets an error or another one's rows.
 *
 * Source: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY,
 * https://github.com/electric-sql/pglite/issues/1046
 */
export class SharedSession extends PGlite {
  #isInBatch = false
  #onEnd: (cause: string) => void = () => {}

  /**
   * Opens a cluster, as `PGlite.create` does. `onEnd` gets the cause when PGlite has ended: a FATAL error, which on a server
   * ends one session, ends all of it. It answers nothing after that, and its socket server waits for it.
   */
  static async open(
    options: ConstructorParameters<typeof PGlite>[0] & object,
    onEnd: (cause: string) => void,
  ): Promise<SharedSession> {
    const session = new SharedSession(options)
    session.#onEnd = onEnd
    await session.waitReady
    return session
  }

  /** Also between the messages of a batch. */
  override isInTransaction(): boolean {
    return this.#isInBatch || super.isInTransaction()
  }

  override async execProtocolRawStream(
    message: Uint8Array,
    options: ExecProtocolOptionsStream,
  ): Promise<void> {
    const allowed = refuseUnsafe(message)
    let cause: string | undefined
    let isReady = false
    const onRawData = (bytes: Uint8Array) => {
      cause = errorIn(bytes) ?? cause
      if (stateAfter(bytes) !== 'unfinished') isReady = true
      options.onRawData(bytes)
    }
    try {
      await super.execProtocolRawStream(allowed, { ...options, onRawData })
    } catch (error) {
      this.#onEnd(cause ?? String(error))
      throw error
    }
    const [code = 0] = allowed
    // A simple query after an error in a batch does not end it: Postgres ignores that too, up to the Sync.
    if (isReady) this.#isInBatch = false
    else if (BEGINS_BATCH.has(code)) this.#isInBatch = true
  }

  /**
   * The server calls it with ROLLBACK when a client has left. After an error in its batch Postgres ignores everything up to a
   * Sync, which PGlite sends at the end: then a second ROLLBACK ends the transaction.
   */
  override async exec(...args: Parameters<PGlite['exec']>): ReturnType<PGlite['exec']> {
    const hasLeftBatch = this.#isInBatch
    this.#isInBatch = false
    const results = await super.exec(...args)
    return hasLeftBatch && super.isInTransaction() ? await super.exec(...args) : results
  }
}

/** The text of an answer that is an ErrorResponse. Source: https://www.postgresql.org/docs/current/protocol-error-fields.html */
function errorIn(answer: Uint8Array): string | undefined {
  if (answer[0] !== ERROR_RESPONSE) return
  return /\0M([^\0]*)/.exec(Buffer.from(answer).toString())?.[1]
}
