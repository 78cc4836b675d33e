import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { Client, type ClientConfig } from 'pg'

const RETRY_MS = 2_000

export interface Preparation {
  /** Whether the schema is up to date. */
  readonly isDone: boolean
}

/**
 * Migrates the database. If that fails, logs the reason once and retries in the background: the api is useful without its
 * database, if only to see a trace of that. Resolves after the first attempt.
 */
export async function prepareDatabase(
  address: ClientConfig,
  run: (address: ClientConfig) => Promise<void> = migrate,
  retryMs = RETRY_MS,
): Promise<Preparation> {
  const preparation = { isDone: false }
  const attempt = async () => {
    await run(address)
    preparation.isDone = true
  }
  const retry = async () => {
    while (!preparation.isDone) {
      await delay(retryMs, undefined, { ref: false })
      await attempt().catch(() => {})
    }
    process.stdout.write('database: it is prepared now\n')
  }
  await attempt().catch((error) => {
    process.stderr.write(
      `database: it cannot be prepared (${reason(error)}); retrying every ${retryMs / 1000} s\n  → Is it running? npm run status. DATABASE_URL is its address, if it is not the embedded one.\n`,
    )
    void retry()
  })
  return preparation
}

/** A refused connection to a host with two addresses is an AggregateError without a message. */
function reason(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reason).join(', ')
  return error instanceof Error ? error.message : String(error)
}

const MIGRATIONS = join(import.meta.dirname, 'migrations')
const SEED = join(import.meta.dirname, 'seed.sql')

/** node-pg-migrate's, so that an api of an earlier version waits for it too. */
const ADVISORY_LOCK = 7_241_865_325_823_964

/**
 * Applies the migrations that the database does not have, and inserts the sample's posts, in one transaction. Safe to
 * repeat, and to run in several processes at once. Throws the errors of the server and of the connection. Why not a library:
 * docs/adr/migrations.md.
 *
 * Two processes exclude each other by the advisory lock, or, in the embedded Postgres, by the transaction: there all
 * connections share one session, which always gets its own lock, but one connection's transaction makes the others wait.
 */
async function migrate(address: ClientConfig): Promise<void> {
  const client = new Client(address)
  // Without a listener, a server that goes away would end the process; the pending query rejects too.
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('begin')
    await client.query(`select pg_advisory_xact_lock(${ADVISORY_LOCK})`)
    await client.query(
      'create table if not exists migrations (id serial primary key, name varchar(255) not null, run_on timestamp not null)',
    )
    const { rows } = await client.query<{ name: string }>('select name from migrations')
    const applied = new Set(rows.map(({ name }) => name))
    const names = (await readdir(MIGRATIONS))
      .filter((file) => file.endsWith('.sql'))
      .map((file) => file.slice(0, -4))
    for (const name of names.toSorted()) if (!applied.has(name)) await apply(client, name)
    await client.query(await readFile(SEED, 'utf8'))
    await client.query('commit')
  } finally {
    // Without a commit, this rolls back.
    await client.end().catch(() => {})
  }
}

async function apply(client: Client, name: string): Promise<void> {
  const sql = await readFile(join(MIGRATIONS, `${name}.sql`), 'utf8')
  try {
    await client.query(sql)
    await client.query('insert into migrations (name, run_on) values ($1, now())', [name])
  } catch (error) {
    throw new Error(`${name}.sql: ${error instanceof Error ? error.message : error}`, { cause: error })
  }
}
