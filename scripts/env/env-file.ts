import { existsSync, mkdirSync, realpathSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { parse } from 'dotenv'
import { shellWord } from '../../contracts/shell-word.ts'
import { UserError } from '../../contracts/user-error.ts'
import { readEnvText } from '../../settings/env-text.ts'
import { foreignFile } from '../../settings/owner.ts'
import { writeFileAtomically } from '../machine/atomic-file.ts'
import { withLock } from '../machine/lock.ts'
import { isReadAlike, spellings } from './spelling.ts'
import { type Statement, statementsOf } from './statements.ts'

/** Readable by its owner only, because it holds secrets. */
const MODE = 0o600

export interface EnvFileChange {
  /** Whether the text of the file is different now. */
  readonly changed: boolean
  /** The previous mode in `chmod`'s notation (`644`), when other users could read the file. */
  readonly loosened: string | undefined
}

/**
 * Sets a variable in an `.env` file, in its place or at the end. Every other line and every comment stays. The file is
 * created when it is missing, replaced atomically, and readable by its owner only (0600). dotenv, Node's `--env-file` and
 * Docker Compose read the value that was set. Throws a UserError, and writes nothing, for a value that no spelling has in
 * all three.
 */
export function setEnvValue(path: string, name: string, value: string): EnvFileChange {
  return edit(path, (text) => {
    if (parse(text)[name] === value && statementsOf(text, name).length === 1 && isReadAlike(text, name))
      return text
    const edited = spellings(value)
      .map((spelling) => replaceValue(text, name, spelling))
      .find((candidate) => changesOnly(name, value, text, candidate) && isReadAlike(candidate, name))
    if (edited !== undefined) return edited
    throw new UserError({
      code: 'ENV_VALUE_UNWRITABLE',
      what: `The value of ${name} cannot be written to ${path}: with no kind of quotes do this workspace, Node’s --env-file and Docker Compose read it alike.`,
      fix: `Choose a value without a carriage return, and with a single quote only where it has no $, #, \\ or double quote; or set it in the environment: export ${name}=…`,
    })
  })
}

/** Removes every assignment of a variable from an `.env` file. The rest stays. */
export function unsetEnvValue(path: string, name: string): EnvFileChange {
  return edit(path, (text) => {
    const edited = removeStatements(text, statementsOf(text, name))
    if (changesOnly(name, undefined, text, edited)) return edited
    throw new UserError({
      code: 'ENV_FILE_UNREADABLE',
      what: `${name} cannot be removed from ${path} without changing another line.`,
      fix: `Look for an unclosed quote near ${name} in ${path}, and remove the line by hand.`,
    })
  })
}

/** Makes an existing file readable by its owner only; its text stays. */
export function tightenEnvFile(path: string): EnvFileChange {
  return edit(path, (text) => text)
}

/** Gives the file the text that `change` returns. A missing file counts as empty, and stays missing if it stays empty. */
function edit(path: string, change: (text: string) => string): EnvFileChange {
  if (!existsSync(path) && change('') === '') return { changed: false, loosened: undefined }
  return withLock(lockOf(path), () => {
    const { target, before, mode, hasMark } = ofFile(path, () => read(path))
    const text = change(before)
    // A byte order mark would be a part of the first name for Node's --env-file.
    if (text !== before || mode !== MODE || hasMark)
      ofFile(path, () => writeFileAtomically(target, text, MODE))
    const isLoose = (mode & 0o077) !== 0
    return { changed: text !== before, loosened: isLoose ? mode.toString(8).padStart(3, '0') : undefined }
  })
}

interface Found {
  readonly target: string
  readonly before: string
  readonly mode: number
  /** Whether the file begins with a byte order mark, which `before` has no more. */
  readonly hasMark: boolean
}

/** The target of a symbolic link is what is replaced, so that the link stays. */
function read(path: string): Found {
  const target = resolveFile(path)
  const before = readEnvText(target)
  if (before === undefined) return { target, before: '', mode: MODE, hasMark: false }
  const { mode, size } = statSync(target)
  return { target, before, mode: mode & 0o777, hasMark: size !== Buffer.byteLength(before) }
}

/** Runs a call to the file system. Its error becomes a UserError. */
function ofFile<Result>(path: string, call: () => Result): Result {
  try {
    return call()
  } catch (error) {
    if (error instanceof UserError) throw error
    const { code } = error as NodeJS.ErrnoException
    const foreign = foreignFile(path, 'Name a file of yours: export WORKSPACE_ENV_FILE="$HOME/tracing.env"')
    const what = `${path} ${foreign?.what ?? `cannot be read or written (${code ?? String(error)})`}.`
    const fix =
      foreign?.fix ??
      `Make it a file that you own, in a folder that you may write to: ls -la ${shellWord(dirname(path))}`
    throw new UserError({ code: 'ENV_FILE_UNUSABLE', what, fix }, { cause: error })
  }
}

/**
 * Beside the file and under its name without symbolic links: every process that changes the file, also of another clone
 * or container, then uses the same lock, and another user cannot make it before. `.gitignore` has `.env.*`.
 */
function lockOf(path: string): string {
  return ofFile(path, () => `${resolveFile(path)}.lock`)
}

/** Removes the lock beside an `.env` file. Only where no other command changes the file. */
export function removeEnvLock(path: string): void {
  const lock = lockOf(path)
  // A lock is empty; a file with content is a person's.
  if (statSync(lock, { throwIfNoEntry: false })?.size === 0) rmSync(lock, { force: true })
}

/** The path without symbolic links; makes the folder of a file that is missing. */
function resolveFile(path: string): string {
  if (existsSync(path)) return realpathSync(path)
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  return join(realpathSync(dirname(path)), basename(path))
}

/** Changes the last statement, which dotenv uses, and removes the earlier ones, which may hold an old secret. */
function replaceValue(text: string, name: string, spelling: string): string {
  const statements = statementsOf(text, name)
  const last = statements.pop()
  if (!last) return append(text, `${name}=${spelling}`)
  const changed = text.slice(0, last.valueStart) + spelling + text.slice(last.valueEnd)
  return removeStatements(changed, statements)
}

function append(text: string, line: string): string {
  const lineBreak = text.includes('\r\n') ? '\r\n' : '\n'
  const isComplete = text === '' || text.endsWith('\n')
  return `${text}${isComplete ? '' : lineBreak}${line}${lineBreak}`
}

/** From the last to the first, so that the offsets of the others stay right. */
function removeStatements(text: string, statements: readonly Statement[]): string {
  return statements.reduceRight((rest, { start, end }) => rest.slice(0, start) + rest.slice(end), text)
}

/** Whether dotenv reads both texts alike, except for this one variable. */
function changesOnly(name: string, value: string | undefined, before: string, after: string): boolean {
  const { [name]: _, ...expected } = parse(before)
  const { [name]: found, ...rest } = parse(after)
  return found === value && isDeepStrictEqual(rest, expected)
}
