import { setTimeout as delay } from 'node:timers/promises'
import type { ClientConfig } from 'pg'
import { migrate } from './migrate.ts'

const RETRY_MS = 2_000

export interface Preparation {
  /** Whether the schema is known to be there. */
  readonly isDone: boolean
}

/**
 * Migrates, and goes on trying in the background where that fails: the api is worth having without its database, if
 * only to see what a trace of that looks like. Resolves after the first attempt; says once why it failed.
 */
export async function prepareDatabase(
  address: ClientConfig,
  run: (address: ClientConfig) => Promise<void> = migrate,
  retryMs = RETRY_MS,
): Promise<Preparation> {
  const preparation = { isDone: false }
  const attempt = async (): Promise<string | undefined> => {
    try {
      await run(address)
      preparation.isDone = true
      return undefined
    } catch (error) {
      return reason(error)
    }
  }
  const failure = await attempt()
  if (failure !== undefined) {
    process.stderr.write(
      `database: it cannot be prepared (${failure}); tried again every ${retryMs / 1000} s\n  → Is it up? npm run status; DATABASE_URL says where it is, if it is not the embedded one.\n`,
    )
    void (async () => {
      while (!preparation.isDone) {
        await delay(retryMs, undefined, { ref: false })
        await attempt()
      }
      process.stdout.write('database: it is prepared now\n')
    })()
  }
  return preparation
}

/** A refused connection to a name with two addresses comes as an AggregateError without a message. */
function reason(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reason).join(', ')
  return error instanceof Error ? error.message : String(error)
}
