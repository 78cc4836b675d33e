import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'
import { UserError } from '../../contracts/user-error.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { poll } from '../machine/poll.ts'
import { logPath, readTail } from './log-file.ts'

const POLL_MS = 200
/** How many lines of each log `npm run logs` begins with. */
const LINES = 50
const CHUNK_BYTES = 64 * 1024

export interface LogOptions {
  /** The processes to show; without names, all that have a log. */
  readonly names?: readonly string[]
  /** Goes on with added lines, until `signal` aborts. */
  readonly follow: boolean
  readonly signal?: AbortSignal
  /** Called with each line and the name of its process. */
  readonly write: (name: string, line: string) => void
}

/**
 * Shows the last 50 lines of each log in a folder, then added lines. A log that is created later is shown too. Throws a
 * UserError where a name has no log.
 */
export async function showLogs(
  directory: string,
  { names = [], follow, signal, write }: LogOptions,
): Promise<void> {
  for (const name of names) checkName(directory, name)
  const listNames = () => (names.length > 0 ? names : listLogs(directory))
  const followed = new Map<string, FollowedFile>()
  for (const name of listNames()) {
    const { lines, offset } = readTail(logPath(directory, name), LINES)
    for (const line of lines) write(name, line)
    followed.set(name, new FollowedFile(logPath(directory, name), offset))
  }
  if (!follow) return
  const tick = () => {
    for (const name of listNames()) {
      if (!followed.has(name)) followed.set(name, new FollowedFile(logPath(directory, name)))
    }
    for (const [name, file] of followed) for (const line of file.read()) write(name, line)
    return signal?.aborted || undefined
  }
  await poll(tick, { deadlineMs: Number.POSITIVE_INFINITY, everyMs: POLL_MS })
  for (const [name, file] of followed) for (const line of file.close()) write(name, line)
}

/** The names of the processes that have a log. */
export function listLogs(directory: string): string[] {
  if (!existsSync(directory)) return []
  return readdirSync(directory)
    .flatMap((file) => /^(.+)\.log$/.exec(file)?.[1] ?? [])
    .sort()
}

function checkName(directory: string, name: string): void {
  const logs = listLogs(directory)
  if (logs.includes(name)) return
  throw new UserError({
    code: 'LOG_UNKNOWN',
    what: `There is no log of "${name}".`,
    fix: logs.length > 0 ? `There are: ${logs.join(', ')}.` : 'npm run setup, or npm start, makes some.',
  })
}

export interface Source {
  readonly name: string
  readonly log: { readonly path: string; readonly offset: number }
}

/**
 * Shows the lines that processes write to their logs, each after the process's name. Returns a function that shows the
 * last lines and ends this. `sources` is called again and again, because processes start one after the other.
 */
export function followProcesses(
  sources: () => readonly Source[],
  width: number,
  terminal: Terminal,
): () => void {
  const followed = new Map<string, FollowedFile>()
  const show = (name: string, lines: readonly string[]) => {
    for (const line of lines) terminal.line(`${terminal.dim(`${name.padEnd(width)} |`)} ${line}`)
  }
  const tick = () => {
    for (const { name, log } of sources()) {
      if (!followed.has(name)) followed.set(name, new FollowedFile(log.path, log.offset))
    }
    for (const [name, file] of followed) show(name, file.read())
  }
  const timer = setInterval(tick, POLL_MS)
  return () => {
    clearInterval(timer)
    tick()
    for (const [name, file] of followed) show(name, file.close())
  }
}

/** A line without an end is returned in pieces of this many characters. */
const MAX_LINE = 64 * 1024

/**
 * Reads the lines that are added to a file, at each call. The file may not exist yet, may be truncated (then it is read
 * from its start) and may be replaced by another of its name (then the old one is read to its end first).
 */
export class FollowedFile {
  readonly #path: string
  #offset: number
  #fd: number | undefined
  #partial = ''
  #decoder = new StringDecoder('utf8')

  constructor(path: string, offset = 0) {
    this.#path = path
    this.#offset = offset
  }

  /** The complete lines since the last call. */
  read(): string[] {
    this.#open()
    if (this.#fd === undefined) return []
    const lines = this.#readOpened(this.#fd)
    if (!this.#isReplaced(this.#fd)) return lines
    this.#letGo()
    return [...lines, ...this.read()]
  }

  /** Closes the file; returns the lines since the last call, and the beginning of one that has no end yet. */
  close(): string[] {
    const lines = this.read()
    const rest = this.#partial === '' ? [] : [this.#partial]
    this.#letGo()
    return [...lines, ...rest]
  }

  #open(): void {
    if (this.#fd !== undefined) return
    try {
      this.#fd = openSync(this.#path, 'r')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    }
  }

  #readOpened(fd: number): string[] {
    if (fstatSync(fd).size < this.#offset) {
      this.#offset = 0
      this.#partial = ''
    }
    const lines: string[] = []
    const chunk = Buffer.alloc(CHUNK_BYTES)
    for (;;) {
      const length = readSync(fd, chunk, 0, CHUNK_BYTES, this.#offset)
      if (length === 0) return lines
      this.#offset += length
      const pieces = (this.#partial + this.#decoder.write(chunk.subarray(0, length))).split('\n')
      this.#partial = pieces.pop() ?? ''
      lines.push(...pieces)
      if (this.#partial.length > MAX_LINE) {
        lines.push(this.#partial)
        this.#partial = ''
      }
    }
  }

  #isReplaced(fd: number): boolean {
    const now = statSync(this.#path, { throwIfNoEntry: false })
    return now !== undefined && now.ino !== fstatSync(fd).ino
  }

  #letGo(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
    this.#offset = 0
    this.#partial = ''
    this.#decoder = new StringDecoder('utf8')
  }
}
