import { readFileSync, realpathSync, statSync } from 'node:fs'
import { devNull } from 'node:os'
import { shellWord } from '../contracts/shell-word.ts'
import { UserError } from '../contracts/user-error.ts'
import { foreignFile } from './owner.ts'

/** Bytes. All settings with their comments have 8 kB (`.env.example`). */
const MAX_BYTES = 64 * 1024

/** dotenv's time grows with the square of a run of white space: 16 kB of empty lines take it seconds. */
const LONG_GAP = /\s{1000}/

/**
 * The text of an `.env` file without a byte order mark; undefined where there is no file. Throws a UserError
 * (ENV_FILE_UNREADABLE) for what is no text file in UTF-8 of at most 64 KiB: readers would find other values in it, or
 * none. Nothing of the file is quoted, because it holds secrets.
 */
export function readEnvText(path: string): string | undefined {
  const bytes = readBytes(path)
  if (bytes === undefined) return undefined
  const encoding = utf16Of(bytes)
  if (encoding)
    throw unreadable(path, `is in ${encoding}, and only UTF-8 can be read`, toUtf8(path, encoding))
  const nul = bytes.indexOf(0)
  if (nul !== -1) {
    const what = `has a NUL character in line ${lineAt(bytes, nul)}, which no text has`
    throw unreadable(path, what, `Remove it: ${inPlace(path, `tr -d '\\000' < ${shellWord(path)}`)}`)
  }
  const text = decode(bytes)
  if (text === undefined) {
    const what = `is not in UTF-8: line ${firstBadLine(bytes)} has a character of another encoding`
    throw unreadable(path, what, toUtf8(path, 'LATIN1'))
  }
  if (LONG_GAP.test(text)) {
    throw unreadable(
      path,
      'has a thousand spaces or empty lines in a row',
      `Remove them: open ${path} in an editor`,
    )
  }
  return text
}

function readBytes(path: string): Buffer | undefined {
  try {
    const stat = statSync(path)
    if (stat.isDirectory()) {
      throw unreadable(path, 'is a folder', 'Move it away, or name a file in WORKSPACE_ENV_FILE')
    }
    if (!stat.isFile() && realpathSync(path) !== devNull) {
      // Reading a pipe can wait forever, and a second reading would find nothing.
      throw unreadable(path, 'is no regular file', 'Name a file in WORKSPACE_ENV_FILE')
    }
    if (stat.size > MAX_BYTES) {
      const what = `has ${stat.size} bytes, and at most ${MAX_BYTES} are read`
      throw unreadable(path, what, 'Keep only settings in it, or name another file in WORKSPACE_ENV_FILE')
    }
    return readFileSync(path)
  } catch (error) {
    if (error instanceof UserError) throw error
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    const foreign = foreignFile(path, 'Name a file of yours: export WORKSPACE_ENV_FILE="$HOME/tracing.env"')
    const what = foreign?.what ?? `cannot be read (${code ?? String(error)})`
    const fix = foreign?.fix ?? `Make it a file that you own and can read: chmod 600 ${shellWord(path)}`
    throw unreadable(path, what, fix, error)
  }
}

/** As Windows PowerShell 5 (`>`) and Notepad save a file. Without a mark it is recognised by its NUL characters. */
function utf16Of(bytes: Buffer): 'UTF-16LE' | 'UTF-16BE' | undefined {
  const [first, second] = bytes
  if (first === 0xff && second === 0xfe) return 'UTF-16LE'
  if (first === 0xfe && second === 0xff) return 'UTF-16BE'
  if (bytes.length < 4 || bytes.length % 2 === 1) return undefined
  if (first !== 0 && second === 0 && bytes[3] === 0) return 'UTF-16LE'
  if (first === 0 && second !== 0 && bytes[2] === 0) return 'UTF-16BE'
  return undefined
}

/** Removes a byte order mark. Undefined for bytes that are not UTF-8. */
function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return undefined
  }
}

const LINE_FEED = 0x0a

/** Counted from 1. */
function lineAt(bytes: Buffer, offset: number): number {
  return bytes.subarray(0, offset).filter((byte) => byte === LINE_FEED).length + 1
}

/** No character of UTF-8 but the line feed has its byte, so that each line can be decoded alone. */
function firstBadLine(bytes: Buffer): number {
  let line = 1
  for (let start = 0; start < bytes.length; line++) {
    const next = bytes.indexOf(LINE_FEED, start)
    const end = next === -1 ? bytes.length : next
    if (decode(bytes.subarray(start, end)) === undefined) return line
    start = end + 1
  }
  return line
}

function toUtf8(path: string, encoding: string): string {
  return `Save it as UTF-8, in VS Code with the encoding in the status bar; or: ${inPlace(path, `iconv -f ${encoding} -t UTF-8 ${shellWord(path)}`)}`
}

/** A command line that writes a program's output over the file. The file keeps its mode, and no other user can read the copy. */
function inPlace(path: string, program: string): string {
  const copy = shellWord(`${path}.copy`)
  return `(umask 077; ${program} > ${copy} && cat ${copy} > ${shellWord(path)} && rm ${copy})`
}

function unreadable(path: string, what: string, fix: string, cause?: unknown): UserError {
  return new UserError({ code: 'ENV_FILE_UNREADABLE', what: `${path} ${what}.`, fix }, { cause })
}
