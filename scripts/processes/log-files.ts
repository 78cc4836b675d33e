import {
  closeSync,
  existsSync,
  fstatSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../contracts/user-error.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { poll } from '../machine/poll.ts'
import { archiveOf, MAX_LOG_BYTES, partialArchiveOf } from './log-rotation.ts'

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
 * `<log>.1` first, which replaces an older one. While the process runs, it rotates the log itself (log-rotation.ts).
 */
export function openLog(directory: string, name: string, maxBytes = MAX_LOG_BYTES): OpenedLog {
  const path = logPath(directory, name)
  rmSync(partialArchiveOf(path), { force: true })
  if (sizeOf(path) > maxBytes) renameSync(path, archiveOf(path))
  const fd = openSync(path, 'a', 0o600)
  writeSync(fd, `── ${new Date().toISOString()} ${name} starts ──\n`)
  return { path, fd, offset: fstatSync(fd).size }
}

/**
 * The last complete lines of a log, as far as they are within its last megabyte; none where there is no file. After a
 * rotation some of them are in `<log>.1`.
 */
export function readTail(path: string, count: number): string[] {
  const { file, lines } = openTail(path, count)
  file.close()
  return lines
}

function openTail(path: string, count: number): { file: FollowedFile; lines: string[] } {
  const { file, lines, isWhole } = openEnd(path)
  if (!isWhole || lines.length >= count) return { file, lines: lines.slice(-count) }
  const earlier = openEnd(archiveOf(path))
  earlier.file.close()
  return { file, lines: [...earlier.lines, ...lines].slice(-count) }
}

/** The complete lines in the last megabyte of a file, and whether these are all. */
function openEnd(path: string) {
  const start = Math.max(0, sizeOf(path) - TAIL_BYTES)
  const file = new FollowedFile(path, start)
  // In the middle of a file, reading most likely begins in the middle of a line.
  const lines = file.read().slice(start === 0 ? 0 : 1)
  return { file, lines, isWhole: start === 0 }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/** Called with each line of a log and the name of its process. */
type WriteLine = (name: string, line: string) => void

/** Prints each line after the name of its process; the names fill a column. */
export function linePrinter(terminal: Terminal, names: readonly string[]): WriteLine {
  const width = Math.max(0, ...names.map(({ length }) => length))
  return (name, line) => terminal.line([terminal.dim(`${name.padEnd(width)} |`), ` ${line}`])
}

export interface LogOptions {
  /** The processes to show; without names, all that have a log. */
  readonly names?: readonly string[]
  /** Continues with added lines, until `signal` aborts. */
  readonly follow: boolean
  readonly signal?: AbortSignal
  /** True while the output is not read: added lines stay in the files. */
  readonly isPaused?: () => boolean
  readonly write: WriteLine
}

/**
 * Shows the last 50 lines of each log in a folder, then added lines. A log that is created later is shown too. Throws a
 * UserError (LOG_UNKNOWN) where a name has no log.
 */
export async function showLogs(
  directory: string,
  { names = [], follow, signal, isPaused = () => false, write }: LogOptions,
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
    if (!isPaused()) follower.show()
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
 * Reads the lines that are added to a file. The file may not exist yet. When its process has rotated it, the rest of the
 * old lines is read from the copy; lines are lost where it is rotated twice between two reads. A file that was truncated
 * in another way is read from its start again. When another file has taken the name, the old one is read to its end and
 * then the new one.
 */
export class FollowedFile {
  readonly #path: string
  /** The position after the last line that was read (bytes). */
  #offset: number
  #fd: number | undefined
  /** The copy of the last rotation before `#offset` was reached. */
  #archive: number | undefined

  constructor(path: string, offset = 0) {
    this.#path = path
    this.#offset = offset
    this.#archive = inodeOf(archiveOf(path))
  }

  /** The complete lines since the last call. */
  read(): string[] {
    this.#fd ??= openIfThere(this.#path)
    if (this.#fd === undefined) return []
    const { size, ino } = fstatSync(this.#fd)
    const current = inodeOf(this.#path)
    if (current !== undefined && current !== ino) return [...this.close(), ...this.read()]
    return [...this.#readRotated(size), ...this.#readLines(this.#fd, size)]
  }

  /** Closes the file. Returns the lines since the last call of `read`, and the beginning of one that has no end yet. */
  close(): string[] {
    if (this.#fd === undefined) return []
    const { size, ino } = fstatSync(this.#fd)
    const isRenamed = inodeOf(archiveOf(this.#path)) === ino
    const rotated = isRenamed ? [] : this.#readRotated(size)
    const added = this.#readAdded(this.#fd, size).toString()
    closeSync(this.#fd)
    this.#fd = undefined
    this.#offset = 0
    this.#archive = inodeOf(archiveOf(this.#path))
    return added === '' ? rotated : [...rotated, ...added.replace(/\n$/, '').split('\n')]
  }

  /**
   * The lines that only the copy has, where there was a rotation since the last call. `size` of the log was read before:
   * the copy is complete before the log is truncated.
   */
  #readRotated(size: number): string[] {
    const archive = inodeOf(archiveOf(this.#path))
    if (archive === this.#archive) return []
    this.#archive = archive
    const copy = openIfThere(archiveOf(this.#path))
    if (copy === undefined) return []
    try {
      const copied = fstatSync(copy).size
      const lines = copied < this.#offset ? [] : this.#readLines(copy, copied)
      // A log that is not truncated yet still has all that was copied. The next call finds it shorter.
      this.#offset = size < copied ? 0 : copied
      return lines
    } finally {
      closeSync(copy)
    }
  }

  #readLines(fd: number, size: number): string[] {
    const added = this.#readAdded(fd, size)
    const end = added.lastIndexOf(LINE_FEED) + 1
    this.#offset += end
    return added.toString('utf8', 0, end).split('\n').slice(0, -1)
  }

  #readAdded(fd: number, size: number): Buffer {
    if (size < this.#offset) this.#offset = 0
    const bytes = Buffer.alloc(size - this.#offset)
    return bytes.subarray(0, readSync(fd, bytes, 0, bytes.length, this.#offset))
  }
}

function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
