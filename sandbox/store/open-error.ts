import { dirname, join } from 'node:path'
import { shellWord } from '../../contracts/shell-word.ts'
import { UserError } from '../../contracts/user-error.ts'

/** Primary result codes of SQLite. Source: https://www.sqlite.org/rescode.html */
const IOERR = 10
const CORRUPT = 11
const FULL = 13
const NOTADB = 26

/** A write that the disk refused. */
export function isDiskError(error: unknown): boolean {
  return [IOERR, FULL].includes(primaryCode(error))
}

/** Content that SQLite cannot read. */
export function isDamage(error: unknown): boolean {
  return [CORRUPT, NOTADB].includes(primaryCode(error))
}

/** The lowest byte of an extended result code; NaN for other errors. */
export function primaryCode(error: unknown): number {
  return error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : Number.NaN
}

/** Why the store's file cannot be opened, with the fix: each kind of error has its code. */
export function openError(file: string, error: unknown): UserError {
  if (error instanceof UserError) return error
  const reason = error instanceof Error ? error.message : String(error)
  if (isDiskError(error)) {
    return new UserError(
      {
        code: 'DISK_FULL',
        what: `${file} cannot be written (${reason}).`,
        fix: 'Make room on its disk; npm run setup starts the sandbox again.',
      },
      { cause: error },
    )
  }
  if (isDamage(error)) return damaged(file, reason, { cause: error })
  return new UserError(
    {
      code: 'STORE_UNREADABLE',
      what: `${file} cannot be used as the sandbox's store (${reason}).`,
      fix: `Make ${dirname(file)} and its files yours (ls -la shows whose they are), then npm run setup. ${beginAnew(file)}`,
    },
    { cause: error },
  )
}

export function damaged(file: string, reason: string, options?: ErrorOptions): UserError {
  return new UserError(
    {
      code: 'STORE_DAMAGED',
      what: `${file}, where the sandbox keeps its telemetry, is damaged (${reason}). Nothing in it was changed.`,
      fix: beginAnew(file),
    },
    options,
  )
}

export function tooNew(file: string, version: number, known: number): UserError {
  return new UserError({
    code: 'STORE_TOO_NEW',
    what: `${file} is from a newer sandbox: its schema has version ${version}, and this sandbox knows up to ${known}. Nothing in it was changed.`,
    fix: `Update this checkout (git pull), then npm run setup. ${beginAnew(file)}`,
  })
}

export function foreign(file: string): UserError {
  return new UserError({
    code: 'STORE_FOREIGN',
    what: `${file} is a database of another program, not the sandbox's store. Nothing in it was changed.`,
    fix: beginAnew(file),
  })
}

/** The command that keeps the file with its write-ahead log, and so makes room for a new one. */
function beginAnew(file: string): string {
  const minute = new Date().toISOString().slice(0, 16).replaceAll(/[-:]/g, '')
  const folder = shellWord(join(dirname(file), `kept-${minute}`))
  return `To begin with an empty store and keep this one: mkdir -p ${folder} && mv ${shellWord(file)}* ${folder}; then npm run setup.`
}
