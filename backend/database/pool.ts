import { type ClientConfig, Pool } from 'pg'

/** Few enough for a small server. The embedded one runs one query at a time. */
const MAX_CONNECTIONS = 5
const IDLE_TIMEOUT_MS = 30_000
/** A query that takes longer fails, and its connection is closed. */
const QUERY_TIMEOUT_MS = 5_000

/** The database as the routes use it. Values are passed as parameters, never as part of the text. */
export interface Database {
  query(text: string, values?: readonly unknown[]): Promise<{ readonly rows: readonly unknown[] }>
}

export interface DatabasePool extends Database {
  /** Closes every connection. */
  close(): Promise<void>
}

/** Creates a pool, which connects with the first query. */
export function createPool(address: ClientConfig): DatabasePool {
  const pool = new Pool({
    ...address,
    max: MAX_CONNECTIONS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
  })
  // Without a listener, an idle connection that breaks (a restart of the server) would end the process by an unhandled
  // `error` event. The pool has removed it already; the next query connects again.
  pool.on('error', (error) => {
    process.stderr.write(`database: an idle connection was lost (${error.message})\n`)
  })
  return {
    query: (text, values = []) => pool.query(text, [...values]).catch(explain),
    close: () => pool.end(),
  }
}

/** It is unknown whether the query was executed. Answered with 503, because a retry may succeed. */
class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable'
  readonly status = 503
  /** Marks the status as that of the response (telemetry/express.ts). The message is not sent. */
  readonly expose = false
}

/** SQLSTATE classes of connection errors (08) and of a server that is stopping or starting (57P). */
const UNAVAILABLE = /^(08|57P)/
/** A SQLSTATE has a digit, which distinguishes it from a system error code (`EPIPE`). */
const SQLSTATE = /^(?=.*\d)[0-9A-Z]{5}$/

/** Rethrows Postgres's errors about a query; throws DatabaseUnavailable for all others. */
function explain(error: Error & { code?: string }): never {
  const { code = '' } = error
  if (SQLSTATE.test(code) && !UNAVAILABLE.test(code)) throw error
  throw new DatabaseUnavailable(`the database cannot be reached: ${error.message || code}`, { cause: error })
}
