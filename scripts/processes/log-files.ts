import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../contracts/user-error.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { poll } from '../machine/poll.ts'

const MAX_LOG_BYTES = 5 * 1024 * 1024
/** The last lines of a log are looked for in this much of its end (bytes). */
const TAIL_BYTES = 1024 * 1024
export const FOLLOW_MS = 200
/** How many lines of each log `npm run logs` begins with. */
const LINES = 50
const LINE_FEED = 0x0a

export interface OpenedLog {
  readonly path: string
  /** Opened for appending. The caller closes it when the process that writes to it has been started. */
  readonly fd: number
  /** The position in the file where this run's lines begin (bytes). */
  readonly offset: number
}

export function logPath(directory: string, name: string): string {
  return join(directory, `${name}.log`)
}

/**
 * Opens a process's log for one more run and writes a line with the time. A log that has grown past 5 MB is renamed to
 * `<log>.1` first, which replaces an older one.
 */
export function openLog(directory: string, name: string, maxBytes = MAX_LOG_BYTES): OpenedLog {
  const path = logPath(directory, name)
  if (sizeOf(path) > maxBytes) renameSync(path, `${path}.1`)
  const fd = openSync(path, 'a', 0o600)
  writeSync(fd, `── ${new Date().toISOString()} ${name} starts ──\n`)
  return { path, fd, offset: fstatSync(fd).size }
}

/** The last complete lines of a log, as far as they are within its last megabyte; none where there is no file. */
export function readTail(path: string, count: number): string[] {
  const { file, lines } = openTail(path, count)
  file.close()
  return lines
}

function openTail(path: string, count: number) {
  const start = Math.max(0, sizeOf(path) - TAIL_BYTES)
  const file = new FollowedFile(path, start)
  // In the middle of a file, reading most likely begins in the middle of a line.
  const lines = file.read().slice(start === 0 ? 0 : 1)
  return { file, lines: lines.slice(-count) }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/** Called with each line of a log and the name of its process. */
type WriteLine = (name: string, line: string) => void

/** Prints each line after the name of its process; the names fill a column. */
export function linePrinter(terminal: Terminal, names: readonly string[]): WriteLine {
  const width = Math.max(0, ...names.map(({ length }) => length))
  return (name, line) => terminal.line(`${terminal.dim(`${name.padEnd(width)} |`)} ${line}`)
}

export interface LogOptions {
  /** The processes to show; without names, all that have a log. */
  readonly names?: readonly string[]
  /** Continues with added lines, until `signal` aborts. */
  readonly follow: boolean
  readonly signal?: AbortSignal
  readonly write: WriteLine
}

/**
 * Shows the last 50 lines of each log in a folder, then added lines. A log that is created later is shown too. Throws a
 * UserError (LOG_UNKNOWN) where a name has no log.
 */
export async function showLogs(
  directory: string,
  { names = [], follow, signal, write }: LogOptions,
): Promise<void> {
  const logs = listLogs(directory)
  const unknown = names.find((name) => !logs.includes(name))
  if (unknown !== undefined) {
    const fix =
      logs.length > 0 ? `There are: ${logs.join(', ')}.` : 'npm run setup, or npm start, makes some.'
    throw new UserError({ code: 'LOG_UNKNOWN', what: `There is no log of "${unknown}".`, fix })
  }
  const listNames = () => (names.length > 0 ? names : listLogs(directory))
  const follower = new LogFollower(write)
  for (const name of listNames()) {
    const { file, lines } = openTail(logPath(directory, name), LINES)
    for (const line of lines) write(name, line)
    follower.add(name, file)
  }
  const tick = () => {
    for (const name of listNames()) follower.add(name, new FollowedFile(logPath(directory, name)))
    follower.show()
    return signal?.aborted || undefined
  }
  if (follow) await poll(tick, { deadlineMs: Number.POSITIVE_INFINITY, everyMs: FOLLOW_MS })
  follower.close()
}

/** The names of the processes that have a log. */
export function listLogs(directory: string): string[] {
  if (!existsSync(directory)) return []
  return readdirSync(directory)
    .flatMap((file) => /^(.+)\.log$/.exec(file)?.[1] ?? [])
    .sort()
}

/** Shows the lines that processes add to their logs. */
export class LogFollower {
  readonly #files = new Map<string, FollowedFile>()
  readonly #write: WriteLine

  constructor(write: WriteLine) {
    this.#write = write
  }

  /** Follows one more log, unless that of this process is followed already. */
  add(name: string, file: FollowedFile): void {
    if (!this.#files.has(name)) this.#files.set(name, file)
  }

  /** Shows the lines that have been added since the last call. */
  show(): void {
    for (const [name, file] of this.#files) for (const line of file.read()) this.#write(name, line)
  }

  /** Shows the last lines and closes every file. */
  close(): void {
    this.show()
    for (const [name, file] of this.#files) for (const line of file.close()) this.#write(name, line)
  }
}

/**
 * Reads the lines that are added to a file. The file may not exist yet. A truncated file is read from its start again.
 * When another file has taken the name, the old one is read to its end and then the new one.
 */
export class FollowedFile {
  readonly #path: string
  /** The position after the last line that was read (bytes). */
  #offset: number
  #fd: number | undefined

  constructor(path: string, offset = 0) {
    this.#path = path
    this.#offset = offset
  }

  /** The complete lines since the last call. */
  read(): string[] {
    this.#fd ??= openIfThere(this.#path)
    if (this.#fd === undefined) return []
    const current = statSync(this.#path, { throwIfNoEntry: false })
    if (current && current.ino !== fstatSync(this.#fd).ino) return [...this.close(), ...this.read()]
    const added = this.#readAdded(this.#fd)
    const end = added.lastIndexOf(LINE_FEED) + 1
    this.#offset += end
    return added.toString('utf8', 0, end).split('\n').slice(0, -1)
  }

  /** Closes the file. Returns the lines since the last call of `read`, and the beginning of one that has no end yet. */
  close(): string[] {
    if (this.#fd === undefined) return []
    const added = this.#readAdded(this.#fd).toString()
    closeSync(this.#fd)
    this.#fd = undefined
    this.#offset = 0
    return added === '' ? [] : added.replace(/\n$/, '').split('\n')
  }

  #readAdded(fd: number): Buffer {
    const { size } = fstatSync(fd)
    if (size < this.#offset) this.#offset = 0
    const bytes = Buffer.alloc(size - this.#offset)
    return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, this.#offset))
  }
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
