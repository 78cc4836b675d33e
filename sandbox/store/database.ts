import { closeSync, existsSync, mkdirSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { SandboxHealth } from '../../contracts/sandbox/health.ts'
import { UserError } from '../../contracts/user-error.ts'
import { HttpError } from '../http/answer.ts'
import { MIGRATIONS } from './migrations.ts'

/**
 * Locks the file for this process, opens or creates it, and brings its schema up to date. Call `unlock` after closing it.
 * With WAL and `synchronous = NORMAL`, committed rows survive any end of the process; only a crash of the machine may lose
 * the latest ones. Throws a UserError for a file of a later version, for a file that is no database, for a file that
 * another process uses, for a file or folder that this user cannot write, and when the disk is full.
 *
 * Source: https://www.sqlite.org/pragma.html#pragma_synchronous
 */
export function openDatabase(file: string): { database: DatabaseSync; unlock: () => void } {
  let unlock: (() => void) | undefined
  let database: DatabaseSync | undefined
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    unlock = takeLock(file)
    database = new DatabaseSync(file, { timeout: 2_000 })
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA temp_store = MEMORY;
      PRAGMA cache_size = -32000;
      PRAGMA journal_size_limit = 67108864;
      PRAGMA wal_autocheckpoint = 8000;
    `)
    migrate(database, file)
    return { database, unlock }
  } catch (error) {
    database?.close()
    unlock?.()
    if (error instanceof UserError) throw error
    if (isDiskError(error)) {
      throw new UserError(
        {
          code: 'DISK_FULL',
          what: `${file} cannot be written (${(error as Error).message}).`,
          fix: 'Make room on its disk; npm run setup starts the sandbox again.',
        },
        { cause: error },
      )
    }
    throw new UserError(
      {
        code: 'STORE_UNREADABLE',
        what: `${file} cannot be used as the sandbox's store (${error instanceof Error ? error.message : String(error)}).`,
        fix: `Make ${dirname(file)} and its files yours (ls -la shows whose they are), or move the file away; the sandbox makes a new one.`,
      },
      { cause: error },
    )
  }
}

function migrate(database: DatabaseSync, file: string): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0)
  if (version > MIGRATIONS.length) {
    throw new UserError({
      code: 'STORE_TOO_NEW',
      what: `${file} has schema version ${version}; this sandbox knows up to ${MIGRATIONS.length}.`,
      fix: 'Update the sandbox, or move the file away; the sandbox makes a new one.',
    })
  }
  for (const [index, step] of MIGRATIONS.entries()) {
    if (index < version) continue
    database.exec(`BEGIN IMMEDIATE; ${step} PRAGMA user_version = ${index + 1}; COMMIT`)
  }
}

const SQLITE_BUSY = 5
/** A sandbox that is stopping needs a moment to close. */
const WAIT_MS = 2_000

/**
 * Locks the store for one process, because bounds and reservoirs are counted in memory: two processes on one file would
 * allow twice as much. It is SQLite's lock on a file beside the store, which the system releases when a process is
 * killed. Returns the function that releases it. Throws a UserError (STORE_IN_USE) where another process holds it, and
 * SQLite's or the system's error where the file cannot be locked.
 */
function takeLock(file: string): () => void {
  const path = `${file}.lock`
  // Readable by its owner only: a reader could hold SQLite's shared lock.
  if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600))
  const lock = new DatabaseSync(path, { timeout: WAIT_MS })
  try {
    // SQLite opens a file without write permission for reading, and locks nothing then: the write, which is never
    // committed, fails there.
    lock.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE; PRAGMA user_version = 1')
  } catch (error) {
    lock.close()
    if (!(error instanceof Error && primaryCode(error) === SQLITE_BUSY)) throw error
    throw new UserError(
      {
        code: 'STORE_IN_USE',
        what: `Another sandbox is using ${file}.`,
        fix: 'Stop that one (npm run stop), or give this one another folder: WORKSPACE_STATE_DIR=<folder>.',
      },
      { cause: error },
    )
  }
  return () => lock.close()
}

/** SQLITE_IOERR and SQLITE_FULL. Source: https://www.sqlite.org/rescode.html */
const DISK_ERRORS = new Set([10, 13])
const REPORT_EVERY_MS = 60_000

export function isDiskError(error: unknown): boolean {
  return error instanceof Error && DISK_ERRORS.has(primaryCode(error))
}

/** The lowest byte of an extended result code. */
function primaryCode(error: object): number {
  return 'errcode' in error ? Number(error.errcode) & 0xff : Number.NaN
}

/** Turns a full disk into a 503, after which exporters retry. `report` is called at most once a minute. */
export function createDiskFull(file: string, report: (error: UserError) => void) {
  let reportedMs = Number.NEGATIVE_INFINITY
  let last: SandboxHealth['diskRefusal']
  return {
    /** The last write that the disk refused. */
    last: () => last,
    toHttpError(error: unknown): unknown {
      if (!isDiskError(error)) return error
      const why = error instanceof Error ? error.message : String(error)
      const message = `the sandbox cannot write to its disk (${why})`
      last = { at: new Date().toISOString(), message }
      if (Date.now() - reportedMs >= REPORT_EVERY_MS) {
        reportedMs = Date.now()
        const fix = 'Make room on its disk; until then what is sent is answered 503.'
        report(
          new UserError(
            { code: 'DISK_FULL', what: `${file} cannot be written (${why}).`, fix },
            { cause: error },
          ),
        )
      }
      return new HttpError(503, message, { cause: error })
    },
  }
}
