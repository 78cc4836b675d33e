import { chmodSync, closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../contracts/user-error.ts'

/** As much as one file of Postgres's write-ahead log. */
const PROBE_BYTES = 16 * 1024 * 1024
const DISK_FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/**
 * Throws a UserError where this user cannot write to the folder, or its disk is full: PGlite's own errors do not tell
 * these from damaged data. Creates the folder, readable by its owner only, because PGlite's files can be read by anyone.
 */
export function checkUsable(folder: string): void {
  const probe = join(folder, `.probe-${process.pid}`)
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    const fd = openSync(probe, 'w', 0o600)
    try {
      let written = 0
      while (written < PROBE_BYTES) written += writeSync(fd, Buffer.alloc(PROBE_BYTES - written))
    } finally {
      closeSync(fd)
      rmSync(probe, { force: true })
    }
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    const isFull = DISK_FULL.has(code)
    throw new UserError(
      {
        code: isFull ? 'DISK_FULL' : 'DATABASE_UNREADABLE',
        what: `The database cannot write to ${folder} (${message}). Its data was not changed.`,
        fix: isFull
          ? 'Make room on its disk, then npm run setup'
          : `Make ${folder} and all that is in it yours (ls -la shows whose they are), then npm run setup`,
      },
      { cause: error },
    )
  }
}

/** Makes the folder readable by its owner only; one of another user stays as it is. */
export function makePrivate(folder: string): void {
  try {
    chmodSync(folder, 0o700)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') throw error
  }
}
