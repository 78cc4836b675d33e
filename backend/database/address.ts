import type { ClientConfig } from 'pg'
import type { Settings } from '../../settings/read.ts'

/** The embedded Postgres listens only here, because it requires no password. */
export const EMBEDDED_HOST = '127.0.0.1'
export const EMBEDDED_USER = 'postgres'
export const EMBEDDED_DATABASE = 'cruddur'

/** A request that waits longer for a connection fails. */
const CONNECT_TIMEOUT_MS = 2_000

/**
 * How to reach the database: by DATABASE_URL, or else the embedded one. For the embedded one every field is set, because
 * pg would take missing ones from PGHOST, PGSSLMODE and the like.
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
