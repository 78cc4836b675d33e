import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { UserError } from '../../contracts/user-error.ts'
import { HttpError } from '../http/answer.ts'
import { MIGRATIONS } from './migrations.ts'

/**
 * Opens the file, makes it if there is none, and brings its schema up to date. With WAL and `synchronous = NORMAL`
 * what is committed outlives the process however that ends; only a crash of the machine may take the last moments.
 * Throws a UserError for a file that a later version wrote or that is no database, and where the disk takes nothing.
 *
 * Source: https://www.sqlite.org/pragma.html#pragma_synchronous
 */
export function openDatabase(file: string): DatabaseSync {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const database = new DatabaseSync(file, { timeout: 2_000 })
  try {
    database.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA temp_store = MEMORY;
      PRAGMA cache_size = -32000;
      PRAGMA journal_size_limit = 67108864;
      PRAGMA wal_autocheckpoint = 8000;
    `)
    migrate(database, file)
  } catch (error) {
    database.close()
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
        fix: 'Is another sandbox using it? If not, move the file away; the sandbox makes a new one.',
      },
      { cause: error },
    )
  }
  return database
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

/** The system's refusal to write: SQLITE_IOERR, and SQLITE_FULL. Source: https://www.sqlite.org/rescode.html */
const DISK_ERRORS = new Set([10, 13])
const SAY_EVERY_MS = 60_000

export function isDiskError(error: unknown): boolean {
  if (!(error instanceof Error) || !('errcode' in error)) return false
  // An extended code has the primary one in its lowest byte.
  return DISK_ERRORS.has(Number(error.errcode) & 0xff)
}

/** The last time that the disk took nothing. */
export interface DiskRefusal {
  readonly at: string
  readonly message: string
}

/**
 * Makes a 503, which exporters send again later, of what the disk refuses to take, and any other error stays as it is.
 * `say` is told at most once a minute.
 */
export function createDiskFull(file: string, say: (error: UserError) => void) {
  let saidMs = Number.NEGATIVE_INFINITY
  let last: DiskRefusal | undefined
  return {
    last: () => last,
    toHttpError(error: unknown): unknown {
      if (!isDiskError(error)) return error
      const why = error instanceof Error ? error.message : String(error)
      const message = `the sandbox cannot write to its disk (${why})`
      last = { at: new Date().toISOString(), message }
      if (Date.now() - saidMs >= SAY_EVERY_MS) {
        saidMs = Date.now()
        const fix = 'Make room on its disk; until then what is sent is answered 503.'
        say(
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
