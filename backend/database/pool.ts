import { AsyncResource } from 'node:async_hooks'
import { type ClientConfig, Pool, type PoolClient } from 'pg'

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
  const pool = new ContextKeepingPool({
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
    query: (text, values = []) => pool.query(text, [...values]).catch(explain),
    close: () => pool.end(),
  }
}

/** Nobody can tell whether the query was carried out. Answered with 503: it is worth trying again. */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable'
  readonly status = 503
}

/** Of Postgres's own errors, those of a connection (08) and of a server that is ending or starting (57P). */
const NOT_THERE = /^(08|57P)/
/** There is a digit in each, as there is in no name of a system error (`EPIPE`). */
const SQLSTATE = /^(?=.*\d)[0-9A-Z]{5}$/

/** What Postgres says of a query is thrown as it is; that there is no Postgres, as what it means. */
function explain(error: Error & { code?: string }): never {
  const { code = '' } = error
  if (SQLSTATE.test(code) && !NOT_THERE.test(code)) throw error
  throw new DatabaseUnavailable(`the database cannot be reached: ${error.message || code}`, { cause: error })
}

type WhenConnected = (
  error: Error | undefined,
  client: PoolClient | undefined,
  done: (release?: unknown) => void,
) => void

/**
 * A pool whose waiting callers go on in their own context. In pg's they do in that of whichever request gives a
 * connection back, and so a query's span would be part of another request's trace.
 */
class ContextKeepingPool extends Pool {
  override connect(): Promise<PoolClient>
  override connect(callback: WhenConnected): void
  override connect(callback?: WhenConnected): Promise<PoolClient> | undefined {
    if (!callback) return super.connect()
    super.connect(AsyncResource.bind(callback))
    return undefined
  }
}
