import { type ClientConfig, Pool } from 'pg'

/** Few enough for a small server, and for the embedded one, which runs one query at a time in any case. */
const MAX_CONNECTIONS = 5
const IDLE_TIMEOUT_MS = 30_000
/** A query that takes longer is given up, and its connection with it. */
const QUERY_TIMEOUT_MS = 5_000

/** What the routes need of a database. Values go beside the text, never into it. */
export interface Database {
  query(text: string, values?: readonly unknown[]): Promise<{ readonly rows: readonly unknown[] }>
}

export interface DatabasePool extends Database {
  /** Closes every connection. */
  close(): Promise<void>
}

/** Connections are made when they are needed; nothing is contacted here. */
export function createPool(address: ClientConfig): DatabasePool {
  const pool = new Pool({
    ...address,
    max: MAX_CONNECTIONS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
  })
  // An idle connection that breaks, because the server restarts, say, would otherwise end the process as an unhandled
  // `error` event. The pool has taken it out already; the next query makes a new one.
  pool.on('error', (error) => {
    process.stderr.write(`database: an idle connection was lost (${error.message})\n`)
  })
  return {
    query: (text, values = []) => pool.query(text, [...values]),
    close: () => pool.end(),
  }
}
