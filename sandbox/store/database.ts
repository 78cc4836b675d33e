import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { UserError } from '../../contracts/user-error.ts'
import { isDiskError } from './disk-full.ts'
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
