import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { runner } from 'node-pg-migrate'
import { Client, type ClientConfig } from 'pg'

const MIGRATIONS = join(import.meta.dirname, 'migrations')
const SEED = join(import.meta.dirname, 'seed.sql')

/**
 * Brings the schema up to date and puts the sample's own posts there. Safe to run again, and by several processes at
 * once: they wait for each other's advisory lock. Throws what the server or the network says.
 */
export async function migrate(address: ClientConfig): Promise<void> {
  const client = new Client(address)
  // Without a listener, a server that goes away in the middle would end the process; the query that waits rejects too.
  client.on('error', () => {})
  try {
    await client.connect()
    await runner({
      dbClient: client,
      dir: MIGRATIONS,
      direction: 'up',
      migrationsTable: 'migrations',
      advisoryLockMode: 'wait',
      logger: { debug: () => {}, info: () => {}, warn: report, error: report },
    })
    await client.query(await readFile(SEED, 'utf8'))
  } finally {
    await client.end().catch(() => {})
  }
}

function report(message: string): void {
  process.stderr.write(`database: ${message}\n`)
}
