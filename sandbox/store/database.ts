import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { SandboxHealth } from '../../contracts/sandbox/health.ts'
import { UserError } from '../../contracts/user-error.ts'
import { HttpError } from '../http/answer.ts'
import { MIGRATIONS } from './migrations.ts'
import { damaged, foreign, isDamage, isDiskError, openError, primaryCode, tooNew } from './open-error.ts'
import type { Bounds } from './prune.ts'

/**
 * Locks the file for this process, opens or creates it, and brings its schema up to date. Call `unlock` after closing it.
 * With WAL and `synchronous = NORMAL`, committed rows survive any end of the process; only a crash of the machine may lose
 * the latest ones. Only its owner can read the file. Throws a UserError (open-error.ts) for a file of a later version, of
 * another program, that is damaged, or that another process uses, for a file or folder that this user cannot write, and
 * when the disk is full; the file stays as it is.
 *
 * Source: https://www.sqlite.org/pragma.html#pragma_synchronous
 */
export function openDatabase(
  file: string,
  { maxFreeBytes }: Pick<Bounds, 'maxFreeBytes'>,
): { database: DatabaseSync; unlock: () => void } {
  let unlock: (() => void) | undefined
  let database: DatabaseSync | undefined
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    unlock = takeLock(file)
    makePrivate(file)
    checkVersion(file)
    database = new DatabaseSync(file, { timeout: 2_000 })
    shrink(database, maxFreeBytes)
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA temp_store = MEMORY;
      PRAGMA cache_size = -32000;
      PRAGMA journal_size_limit = 67108864;
      PRAGMA wal_autocheckpoint = 8000;
    `)
    migrate(database)
    return { database, unlock }
  } catch (error) {
    database?.close()
    unlock?.()
    throw openError(file, error)
  }
}

/** Makes the file, and those that SQLite puts beside it with the same mode, readable by its owner only. */
function makePrivate(file: string): void {
  const stats = statSync(file, { throwIfNoEntry: false })
  if (!stats) {
    closeSync(openSync(file, 'a', 0o600))
    return
  }
  if (!stats.isFile()) throw new Error('it is no file')
  if (stats.uid === process.getuid?.() && (stats.mode & 0o077) !== 0) chmodSync(file, 0o600)
}

/** Tables that every version of the store has. */
const OWN_TABLES = ['traces', 'segments', 'rollbar_items']

/** Throws a UserError for a file that is not a store of this version or an earlier one, without changing it. */
function checkVersion(file: string): void {
  const database = new DatabaseSync(file, { readOnly: true, timeout: 2_000 })
  try {
    const version = pragma(database, 'user_version')
    const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all()
    const isOwn = OWN_TABLES.every((name) => tables.some((table) => table.name === name))
    if (version === 0 ? tables.length > 0 : !isOwn) throw foreign(file)
    if (version > MIGRATIONS.length) throw tooNew(file, version, MIGRATIONS.length)
    const missing = pragma(database, 'page_count') * pragma(database, 'page_size') - statSync(file).size
    // The write-ahead log may have pages that are not in the file yet.
    if (missing > 0 && (statSync(`${file}-wal`, { throwIfNoEntry: false })?.size ?? 0) === 0) {
      throw damaged(file, `its last ${missing} bytes are missing`)
    }
  } finally {
    database.close()
  }
}

/** A file with more than this is not written anew, which would take longer than a second or two. Bytes without free pages. */
const MAX_COPIED_BYTES = 128 * 1024 * 1024

/** The value of a PRAGMA that is a number. */
function pragma(database: DatabaseSync, name: string): number {
  return Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0])
}

/**
 * Gives free pages of the file back to the disk: SQLite keeps them for later rows, so that after one busy day a file would
 * stay large for good. Renumbers rows, in their order. Source: https://www.sqlite.org/lang_vacuum.html
 */
function shrink(database: DatabaseSync, maxFreeBytes: number): void {
  const pageBytes = pragma(database, 'page_size')
  const free = pragma(database, 'freelist_count') * pageBytes
  const used = pragma(database, 'page_count') * pageBytes - free
  if (free <= maxFreeBytes || free < used || used > MAX_COPIED_BYTES) return
  try {
    database.exec('VACUUM; PRAGMA wal_checkpoint(TRUNCATE)')
  } catch (error) {
    // The copy has no room. The file works as it is.
    if (!isDiskError(error)) throw error
  }
}

function migrate(database: DatabaseSync): void {
  const version = pragma(database, 'user_version')
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
    if (primaryCode(error) !== SQLITE_BUSY) throw error
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

const REPORT_EVERY_MS = 60_000

/**
 * Turns a full disk into a 503, after which exporters retry, and damage in the file into a 500 that says so. `report` is
 * called with either at most once a minute.
 */
export function createDiskErrors(file: string, report: (error: UserError) => void) {
  let reportedMs = Number.NEGATIVE_INFINITY
  let last: SandboxHealth['diskRefusal']
  const reportSometimes = (error: UserError) => {
    if (performance.now() - reportedMs < REPORT_EVERY_MS) return
    reportedMs = performance.now()
    report(error)
  }
  return {
    /** The last write that the disk refused. */
    last: () => last,
    toHttpError(error: unknown): unknown {
      const why = error instanceof Error ? error.message : String(error)
      if (isDamage(error)) {
        const damage = damaged(file, why, { cause: error })
        reportSometimes(damage)
        return new HttpError(500, `${damage.message} ${damage.fix}`, { cause: error })
      }
      if (!isDiskError(error)) return error
      const message = `the sandbox cannot write to its disk (${why})`
      last = { at: new Date().toISOString(), message }
      const fix = 'Make room on its disk; until then what is sent is answered 503.'
      const what = `${file} cannot be written (${why}).`
      reportSometimes(new UserError({ code: 'DISK_FULL', what, fix }, { cause: error }))
      return new HttpError(503, message, { cause: error })
    },
  }
}
