import { accessSync, closeSync, constants, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { shellWord } from '../../contracts/shell-word.ts'
import { UserError } from '../../contracts/user-error.ts'
import { diagnoseSystemError } from './system-error.ts'

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
 * one name. Throws the system's error where the file cannot be created, and a UserError (LOCK_UNUSABLE) where a file
 * exists that this user cannot lock: of another user, for example after a start with sudo, or no lock file.
 */
export function tryLock(path: string, waitMs = 0): Lock | undefined {
  // For its owner only: a reader could hold SQLite's shared lock. Never opened where it exists, because closing it would
  // release the lock that this process may hold (https://www.sqlite.org/howtocorrupt.html, 2.2).
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600))
  let database: DatabaseSync | undefined
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
    database = new DatabaseSync(path, { timeout: waitMs })
    // SQLite opens a file without write permission for reading, and locks nothing then: the write, which is never
    // committed, fails there. The lowest byte of an extended code is the primary code.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE; PRAGMA user_version = 1')
  } catch (error) {
    database?.close()
    const { errcode = 0, message } = error as Error & { errcode?: number }
    if ((errcode & 0xff) === SQLITE_BUSY) return undefined
    const { what, fix } = diagnoseSystemError(error) ?? {
      what: `${path} cannot be locked (${message}).`,
      fix: `Delete it, it holds no data: rm -r ${shellWord(path)}`,
    }
    throw new UserError({ code: 'LOCK_UNUSABLE', what, fix }, { cause: error })
  }
  return { release: () => database.close() }
}

/**
 * Runs a short change while no other process runs one under the same lock. Where no lock can be had (a folder without
 * write permission, a holder that is stopped), the change runs all the same: its own error says more. Throws a UserError
 * (LOCK_UNUSABLE) where the lock's file exists and this user cannot lock it.
 */
export function withLock<Result>(path: string, change: () => Result): Result {
  let lock: Lock | undefined
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    lock = tryLock(path, WAIT_MS)
  } catch (error) {
    if (error instanceof UserError) throw error
  }
  try {
    return change()
  } finally {
    lock?.release()
  }
}
