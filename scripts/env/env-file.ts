import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { parse } from 'dotenv'
import { UserError } from '../../contracts/user-error.ts'
import { writeFileAtomically } from '../machine/atomic-file.ts'
import { withLock } from '../machine/lock.ts'

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
 * created when it is missing, replaced atomically, and readable by its owner only (0600). Throws a UserError, and writes
 * nothing, when dotenv would not read the same value back.
 */
export function setEnvValue(path: string, name: string, value: string): EnvFileChange {
  return edit(path, (text) => {
    if (parse(text)[name] === value && statementsOf(text, name).length === 1) return text
    const edited = spellings(value)
      .map((spelling) => replaceValue(text, name, spelling))
      .find((candidate) => readsAlike(text, candidate, name, value))
    if (edited !== undefined) return edited
    throw new UserError({
      code: 'ENV_VALUE_UNWRITABLE',
      what: `The value of ${name} cannot be written to ${path}: with no kind of quotes would the same value be read back.`,
      fix: `Set ${name} in the environment instead (export ${name}=…), or choose a value without quotes.`,
    })
  })
}

/** Removes every assignment of a variable from an `.env` file. The rest stays. */
export function unsetEnvValue(path: string, name: string): EnvFileChange {
  return edit(path, (text) => {
    const edited = removeStatements(text, statementsOf(text, name))
    if (readsAlike(text, edited, name, undefined)) return edited
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
    const { target, before, mode } = ofFile(path, () => read(path))
    const text = change(before)
    if (text !== before || mode !== MODE) ofFile(path, () => writeFileAtomically(target, text, MODE))
    const isLoose = (mode & 0o077) !== 0
    return { changed: text !== before, loosened: isLoose ? mode.toString(8).padStart(3, '0') : undefined }
  })
}

/** The target of a symbolic link is what is replaced, so that the link stays. */
function read(path: string): { readonly target: string; readonly before: string; readonly mode: number } {
  const target = resolveFile(path)
  const stat = statSync(target, { throwIfNoEntry: false })
  if (!stat) return { target, before: '', mode: MODE }
  return { target, before: readFileSync(target, 'utf8'), mode: stat.mode & 0o777 }
}

/** Runs a call to the file system. Its error becomes a UserError. */
function ofFile<Result>(path: string, call: () => Result): Result {
  try {
    return call()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const what = `${path} cannot be read or written (${code ?? String(error)}).`
    const fix = `Make it a file that you own, in a folder that you may write to: ls -la ${dirname(path)}`
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
  mkdirSync(dirname(path), { recursive: true })
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
function readsAlike(before: string, after: string, name: string, value: string | undefined): boolean {
  const { [name]: _, ...expected } = parse(before)
  const { [name]: found, ...rest } = parse(after)
  return found === value && isDeepStrictEqual(rest, expected)
}

/** An assignment in the text of an `.env` file, as offsets into it. */
interface Statement {
  /** Of the whole line or lines, with comment and line break. */
  readonly start: number
  readonly end: number
  /** Of the value with its quotes. */
  readonly valueStart: number
  readonly valueEnd: number
}

/**
 * The pattern of dotenv's parser (motdotla/dotenv, lib/main.js), with indices: `export`, a name, `=` or `: `, then a
 * quoted value, which may span lines, or the rest of the line up to a `#`.
 */
const STATEMENT =
  /^\s*((?:export\s+)?([\w.-]+)(?:\s*=\s*?|:\s+?))(\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?\s*(?:#.*)?$/dgm

/** The assignments of a variable in the order of the text. The last one counts. */
function statementsOf(text: string, name: string): Statement[] {
  const matches = [...text.matchAll(STATEMENT)].filter((match) => match[2] === name)
  return matches.map((match) => {
    const [nameStart, nameEnd] = match.indices?.[1] ?? [0, 0]
    const value = match[3] ?? ''
    const valueEnd = nameEnd + value.trimEnd().length
    const lineBreak = text.indexOf('\n', valueEnd)
    return {
      start: text.lastIndexOf('\n', nameStart - 1) + 1,
      end: lineBreak === -1 ? text.length : lineBreak + 1,
      valueStart: nameEnd + (value.length - value.trimStart().length),
      valueEnd,
    }
  })
}

/** Needs no quotes in dotenv, in Docker Compose, and in a shell that sources the file. */
const PLAIN = /^[A-Za-z0-9_./:@%+,=-]+$/

/**
 * The ways to write a value in an `.env` file, the most portable first. Which of them dotenv reads back unchanged
 * depends on the value and on the lines around it, so the writer tries them in order.
 *
 * In double quotes dotenv replaces only `\n` and `\r`, so that a value with all three kinds of quotes cannot be written.
 * Single quotes come first, because Docker Compose and shells expand `$` in double ones.
 */
function spellings(value: string): string[] {
  const escaped = value.replaceAll('\n', '\\n').replaceAll('\r', '\\r')
  const single = `'${value}'`
  const double = [`"${escaped}"`, `"${value}"`]
  // Only dotenv accepts a single quote within single quotes. Other readers expand these characters in double quotes.
  const quoted = [
    ...(value.includes("'") && !/[$`\\"]/.test(value) ? [...double, single] : [single, ...double]),
    `\`${value}\``,
  ]
  return PLAIN.test(value) ? [value, ...quoted] : quoted
}
