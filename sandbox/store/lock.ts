import { DatabaseSync } from 'node:sqlite'
import { UserError } from '../../contracts/user-error.ts'

const SQLITE_BUSY = 5
/** One that is just being stopped may take a moment to close. ms */
const WAIT_MS = 2_000

/**
 * Takes the store for one process: bounds and reservoirs are counted in it, so that two on one file would each let in
 * as much as both may. The lock is SQLite's on a file beside the store, which the system takes back from a process that
 * is killed. Gives what lets it go; throws a UserError where another process has it.
 */
export function takeLock(file: string): () => void {
  const lock = new DatabaseSync(`${file}.lock`, { timeout: WAIT_MS })
  try {
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    lock.close()
    if (!(error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY)) throw error
    throw new UserError(
      {
        code: 'STORE_IN_USE',
        what: `Another sandbox is using ${file}.`,
        fix: 'Stop that one (npm run stop), or give this one a folder of its own: WORKSPACE_STATE_DIR=<folder>.',
      },
      { cause: error },
    )
  }
  return () => lock.close()
}
