import { existsSync, mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parse } from 'dotenv'
import { UserError } from '../../contracts/user-error.ts'
import { writeFileAtomically } from '../machine/atomic-file.ts'
import { withLock } from '../machine/lock.ts'

/** Readable by its owner only, because it holds secrets. */
const MODE = 0o600

/** Not beside the file, where a person would find it. */
const LOCK = resolve(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'env-file.lock')

export interface EnvFileChange {
  /** Whether the text of the file is different now. */
  readonly changed: boolean
  readonly created: boolean
  /** The previous mode in `chmod`'s notation (`644`), when other users could read the file. */
  readonly loosened: string | undefined
}

/**
 * Sets a variable in an `.env` file, in its place or at the end. Every other line and every comment stays. The file is
 * created when it is missing, replaced atomically, and readable by its owner only (0600). Throws a UserError, and writes
 * nothing, when dotenv would not read the same value back.
 */
export function setEnvValue(path: string, name: string, value: string): EnvFileChange {
  return withLock(LOCK, () => setAlone(path, name, value))
}

function setAlone(path: string, name: string, value: string): EnvFileChange {
  const file = readFile(path)
  if (parse(file.text)[name] === value && count(file.text, name) === 1) return save(file, file.text)
  const text = spellings(value)
    .map((spelling) => replaceValue(file.text, name, spelling))
    .find((candidate) => readsAlike(file.text, candidate, name, value))
  if (text !== undefined) return save(file, text)
  throw new UserError({
    code: 'ENV_VALUE_UNWRITABLE',
    what: `The value of ${name} cannot be written to ${path}: with no kind of quotes would the same value be read back.`,
    fix: `Set ${name} in the environment instead (export ${name}=…), or choose a value without quotes.`,
  })
}

/** Removes every assignment of a variable from an `.env` file. The rest stays. */
export function unsetEnvValue(path: string, name: string): EnvFileChange {
  return withLock(LOCK, () => unsetAlone(path, name))
}

/** Makes an existing file readable by its owner only; its text stays. */
export function tightenEnvFile(path: string): EnvFileChange | undefined {
  return existsSync(path) ? withLock(LOCK, () => saveAsItIs(path)) : undefined
}

function saveAsItIs(path: string): EnvFileChange {
  const file = readFile(path)
  return save(file, file.text)
}

function unsetAlone(path: string, name: string): EnvFileChange {
  const file = readFile(path)
  if (!file.exists) return { changed: false, created: false, loosened: undefined }
  const text = removeStatements(file.text, statementsOf(file.text, name))
  if (readsAlike(file.text, text, name, undefined)) return save(file, text)
  throw new UserError({
    code: 'ENV_FILE_UNREADABLE',
    what: `${name} cannot be removed from ${path} without changing another line.`,
    fix: `Look for an unclosed quote near ${name} in ${path}, and remove the line by hand.`,
  })
}

interface EnvFile {
  /** The target of a symbolic link, so that the link stays. */
  readonly path: string
  readonly text: string
  readonly exists: boolean
}

function readFile(path: string): EnvFile {
  try {
    if (!existsSync(path)) return { path, text: '', exists: false }
    const target = realpathSync(path)
    return { path: target, text: readFileSync(target, 'utf8'), exists: true }
  } catch (error) {
    throw unusable(path, 'read', error)
  }
}

function save({ path, text: before, exists }: EnvFile, text: string): EnvFileChange {
  try {
    const mode = exists ? statSync(path).mode & 0o777 : MODE
    const changed = !exists || text !== before
    if (changed || mode !== MODE) {
      mkdirSync(dirname(path), { recursive: true })
      writeFileAtomically(path, text, MODE)
    }
    const loosened = (mode & 0o077) === 0 ? undefined : mode.toString(8).padStart(3, '0')
    return { changed, created: !exists, loosened }
  } catch (error) {
    throw unusable(path, 'written', error)
  }
}

function unusable(path: string, verb: string, error: unknown): UserError {
  const { code } = error as NodeJS.ErrnoException
  return new UserError(
    {
      code: 'ENV_FILE_UNUSABLE',
      what: `${path} cannot be ${verb} (${code ?? String(error)}).`,
      fix: `Make it a file that you own, in a folder that you may write to: ls -la ${dirname(path)}`,
    },
    { cause: error },
  )
}

function statementsOf(text: string, name: string): Statement[] {
  return findStatements(text).filter((statement) => statement.name === name)
}

function count(text: string, name: string): number {
  return statementsOf(text, name).length
}

/** Changes the last statement, which dotenv uses, and removes the earlier ones, which may hold an old secret. */
function replaceValue(text: string, name: string, spelling: string): string {
  const statements = statementsOf(text, name)
  const last = statements.at(-1)
  if (!last) return append(text, `${name}=${spelling}`)
  const changed = text.slice(0, last.valueStart) + spelling + text.slice(last.valueEnd)
  return removeStatements(changed, statements.slice(0, -1))
}

function append(text: string, line: string): string {
  const lineBreak = text.includes('\r\n') ? '\r\n' : '\n'
  const isComplete = text === '' || text.endsWith('\n')
  return `${text}${isComplete ? '' : lineBreak}${line}${lineBreak}`
}

function removeStatements(text: string, statements: readonly Statement[]): string {
  return statements.toReversed().reduce((rest, statement) => {
    const { start, end } = lineOf(rest, statement)
    return rest.slice(0, start) + rest.slice(end)
  }, text)
}

/** Whether dotenv reads both texts alike, except for this one variable. */
function readsAlike(before: string, after: string, name: string, value: string | undefined): boolean {
  const { [name]: _, ...expected } = parse(before)
  const { [name]: found, ...rest } = parse(after)
  const isSame = (key: string) => Object.hasOwn(rest, key) && rest[key] === expected[key]
  return (
    found === value &&
    Object.keys(rest).length === Object.keys(expected).length &&
    Object.keys(expected).every(isSame)
  )
}

/** An assignment in the text of an `.env` file, as offsets into it. */
interface Statement {
  readonly name: string
  /** Of `NAME` or `NAME`. */
  readonly start: number
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

/** Every assignment in the order of the text. A variable may have several; the last one counts. */
function findStatements(text: string): Statement[] {
  return [...text.matchAll(STATEMENT)].map((match) => {
    const [start, end] = match.indices?.[1] ?? [0, 0]
    const value = match[3] ?? ''
    const valueStart = end + (value.length - value.trimStart().length)
    return { name: match[2] ?? '', start, valueStart, valueEnd: end + value.trimEnd().length }
  })
}

/** The whole line or lines of the statement, with comment and line break. */
function lineOf(text: string, { start, valueEnd }: Statement): { start: number; end: number } {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  const lineBreak = text.indexOf('\n', valueEnd)
  return { start: lineStart, end: lineBreak === -1 ? text.length : lineBreak + 1 }
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
