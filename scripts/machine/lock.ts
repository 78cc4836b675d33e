import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const SQLITE_BUSY = 5 // https://www.sqlite.org/rescode.html#busy

/** How long a change under `withLock` waits for others, which take milliseconds (ms). */
const WAIT_MS = 10_000

export interface Lock {
  release(): void
}

/**
 * Takes a lock, or answers undefined while another holder has it, in this process or another. The lock is SQLite's
 * exclusive transaction on an empty file: the system releases it when the holder dies, however it dies, so that there
 * is no stale lock to detect. The file stays, because deleting a lock file lets two processes lock different files of
 * one name. Throws SQLite's error where the file cannot be opened.
 */
export function tryLock(path: string, waitMs = 0): Lock | undefined {
  const database = new DatabaseSync(path, { timeout: waitMs })
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) return undefined
    throw error
  }
  return { release: () => database.close() }
}

/**
 * Runs a short change while no other process runs one under the same lock. Where no lock can be had (a folder without
 * write permission, a holder that is stopped), the change runs all the same: its own error says more.
 */
export function withLock<Result>(path: string, change: () => Result): Result {
  let lock: Lock | undefined
  try {
    mkdirSync(dirname(path), { recursive: true })
    lock = tryLock(path, WAIT_MS)
  } catch {}
  try {
    return change()
  } finally {
    lock?.release()
  }
}
