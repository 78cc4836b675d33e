import { existsSync, mkdirSync, readFileSync, realpathSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { parse } from 'dotenv'
import { UserError } from '../../contracts/user-error.ts'
import { writeFileAtomically } from '../machine/atomic-file.ts'
import { alone } from '../machine/file-lock.ts'

/** Nobody but the file's owner: it holds secrets. */
const MODE = 0o600

export interface EnvFileChange {
  /** Whether the file now says something else than before. */
  readonly changed: boolean
  readonly created: boolean
  /** The file's mode before, as `ls` and `chmod` write it, where others could read it: `644`. */
  readonly loosened: string | undefined
}

/**
 * Gives a variable a value in an `.env` file: in its place if it has one, else at the end. Every other line and every
 * comment stays as it is; the file is replaced as a whole, belongs to its owner alone (0600), and is created where it
 * is missing. Throws a UserError, and writes nothing, where dotenv would not read the same value back.
 */
export function setEnvValue(path: string, name: string, value: string): EnvFileChange {
  return alone(path, () => setAlone(path, name, value))
}

function setAlone(path: string, name: string, value: string): EnvFileChange {
  const file = readFile(path)
  if (parse(file.text)[name] === value && count(file.text, name) === 1) return save(file, file.text)
  const text = spellings(value)
    .map((spelling) => replaceValue(file.text, name, spelling))
    .find((candidate) => saysTheSame(file.text, candidate, name, value))
  if (text !== undefined) return save(file, text)
  throw new UserError({
    code: 'ENV_VALUE_UNWRITABLE',
    what: `The value of ${name} cannot be written to ${path}: no kind of quotes gives it back as it is.`,
    fix: `Set ${name} in the environment instead (export ${name}=…), or choose a value without quotes.`,
  })
}

/** Takes a variable out of an `.env` file, wherever it is given a value; the rest stays as it is. */
export function unsetEnvValue(path: string, name: string): EnvFileChange {
  return alone(path, () => unsetAlone(path, name))
}

/** Makes the file its owner's alone, as every writing does, where there is one; says nothing else in it. */
export function tightenEnvFile(path: string): EnvFileChange | undefined {
  return existsSync(path) ? alone(path, () => saveAsItIs(path)) : undefined
}

function saveAsItIs(path: string): EnvFileChange {
  const file = readFile(path)
  return save(file, file.text)
}

function unsetAlone(path: string, name: string): EnvFileChange {
  const file = readFile(path)
  if (!file.exists) return { changed: false, created: false, loosened: undefined }
  const text = removeStatements(file.text, statementsOf(file.text, name))
  if (saysTheSame(file.text, text, name, undefined)) return save(file, text)
  throw new UserError({
    code: 'ENV_FILE_UNREADABLE',
    what: `${name} cannot be taken out of ${path} without changing another line.`,
    fix: `Look for an unclosed quote near ${name} in ${path}, and remove the line by hand.`,
  })
}

interface EnvFile {
  /** Where a symbolic link leads to, so that the link stays one. */
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
      fix: `Make it a file of your own, in a folder that you may write to: ls -la ${dirname(path)}`,
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

/** The last statement is the one that counts, so it is changed; earlier ones would keep an old secret lying about. */
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

/** Whether dotenv reads the new text as the old one, but for this one variable. */
function saysTheSame(before: string, after: string, name: string, value: string | undefined): boolean {
  const { [name]: _, ...expected } = parse(before)
  const { [name]: found, ...rest } = parse(after)
  const isSame = (key: string) => Object.hasOwn(rest, key) && rest[key] === expected[key]
  return (
    found === value &&
    Object.keys(rest).length === Object.keys(expected).length &&
    Object.keys(expected).every(isSame)
  )
}

/** Where a variable is given a value in the text of an `.env` file: offsets into it. */
interface Statement {
  readonly name: string
  /** Of `NAME` or `NAME`. */
  readonly start: number
  /** Of the value, its quotes included. */
  readonly valueStart: number
  readonly valueEnd: number
}

/**
 * The grammar of dotenv's own parser (motdotla/dotenv, lib/main.js), with the parts' places: `export`, a name, `=` or
 * `: `, then a quoted value, which may span lines, or the rest of the line up to a `#`.
 */
const STATEMENT =
  /^\s*((?:export\s+)?([\w.-]+)(?:\s*=\s*?|:\s+?))(\s*'(?:\\'|[^'])*'|\s*"(?:\\"|[^"])*"|\s*`(?:\\`|[^`])*`|[^#\r\n]+)?\s*(?:#.*)?$/dgm

/** Every statement of the text, in its order; a variable may be given a value more than once, and the last one counts. */
function findStatements(text: string): Statement[] {
  return [...text.matchAll(STATEMENT)].map((match) => {
    const [start, end] = match.indices?.[1] ?? [0, 0]
    const value = match[3] ?? ''
    const valueStart = end + (value.length - value.trimStart().length)
    return { name: match[2] ?? '', start, valueStart, valueEnd: end + value.trimEnd().length }
  })
}

/** The statement's whole line or lines: its comment and line break too. */
function lineOf(text: string, { start, valueEnd }: Statement): { start: number; end: number } {
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  const lineBreak = text.indexOf('\n', valueEnd)
  return { start: lineStart, end: lineBreak === -1 ? text.length : lineBreak + 1 }
}

/** Needs no quotes for dotenv, for Docker Compose, nor for a shell that sources the file. */
const PLAIN = /^[A-Za-z0-9_./:@%+,=-]+$/

/**
 * The spellings of a value that an `.env` file may hold, the most widely understood first. Which of them dotenv reads
 * back as it was depends on what the value holds, and on the lines around it: the writer tries one after the other.
 *
 * dotenv undoes no escape but `\n` and `\r` in double quotes, so that a value with all three kinds of quotes, say,
 * has no spelling. Single quotes come first, because Docker Compose and shells expand `$` in double ones.
 */
function spellings(value: string): string[] {
  const escaped = value.replaceAll('\n', '\\n').replaceAll('\r', '\\r')
  const single = `'${value}'`
  const double = [`"${escaped}"`, `"${value}"`]
  // dotenv reads a single quote within single quotes, and nobody else does; in double ones others expand these.
  const quoted = [
    ...(value.includes("'") && !/[$`\\"]/.test(value) ? [...double, single] : [single, ...double]),
    `\`${value}\``,
  ]
  return PLAIN.test(value) ? [value, ...quoted] : quoted
}
