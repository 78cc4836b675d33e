import type { ClientConfig } from 'pg'
import type { Settings } from '../../settings/read.ts'

/** The only address that the embedded Postgres listens on: it asks for no password. */
export const EMBEDDED_HOST = '127.0.0.1'
export const EMBEDDED_USER = 'postgres'
export const EMBEDDED_DATABASE = 'cruddur'

/** How long a connection may take, in ms: a timeline that waits longer is better answered with an error. */
const CONNECT_TIMEOUT_MS = 2_000

/**
 * How to reach the database: what DATABASE_URL says, else the embedded one. Everything is given for the embedded one,
 * so that no PGHOST or PGSSLMODE lying in the environment is taken for its.
 */
export function databaseAddress({
  DATABASE_URL,
  DATABASE_PORT,
}: Pick<Settings, 'DATABASE_URL' | 'DATABASE_PORT'>): ClientConfig {
  const common = { connectionTimeoutMillis: CONNECT_TIMEOUT_MS, keepAlive: true }
  if (DATABASE_URL !== undefined) return { ...common, connectionString: DATABASE_URL }
  return {
    ...common,
    host: EMBEDDED_HOST,
    port: DATABASE_PORT,
    user: EMBEDDED_USER,
    password: '',
    database: EMBEDDED_DATABASE,
    ssl: false,
  }
}
