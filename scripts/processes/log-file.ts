import { closeSync, fstatSync, openSync, readSync, renameSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'

const MAX_LOG_BYTES = 5 * 1024 * 1024
const CHUNK_BYTES = 64 * 1024

export interface OpenedLog {
  readonly path: string
  /** Opened for appending, for a child; closed here after that. */
  readonly fd: number
  /** Where this run's lines begin (bytes). */
  readonly offset: number
}

export function logPath(directory: string, name: string): string {
  return join(directory, `${name}.log`)
}

/**
 * Opens a log for one more run, headed by a line with the time. A log that has grown past 5 MB becomes `<log>.1`
 * first, in the place of an older one.
 */
export function openLog(directory: string, name: string, maxBytes = MAX_LOG_BYTES): OpenedLog {
  const path = logPath(directory, name)
  if (sizeOf(path) > maxBytes) renameSync(path, `${path}.1`)
  const fd = openSync(path, 'a', 0o600)
  writeSync(fd, `── ${new Date().toISOString()} ${name} starts ──\n`)
  return { path, fd, offset: fstatSync(fd).size }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

export interface Tail {
  readonly lines: string[]
  /** Where to go on reading (bytes): after the last complete line. */
  readonly offset: number
}

/** The last lines of a file, read from its end; none where there is no file. */
export function readTail(path: string, count: number): Tail {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { lines: [], offset: 0 }
    throw error
  }
  try {
    let start = fstatSync(fd).size
    let bytes = Buffer.alloc(0)
    // One line feed more than lines, so that the first line is known to be complete.
    while (start > 0 && countLineFeeds(bytes) <= count) {
      const length = Math.min(CHUNK_BYTES, start)
      start -= length
      const chunk = Buffer.alloc(length)
      const read = readSync(fd, chunk, 0, length, start)
      bytes = Buffer.concat([chunk.subarray(0, read), bytes])
    }
    const end = bytes.lastIndexOf(0x0a) + 1
    const lines = bytes.toString('utf8', 0, end).split('\n').slice(0, -1)
    return { lines: count === 0 ? [] : lines.slice(-count), offset: start + end }
  } finally {
    closeSync(fd)
  }
}

function countLineFeeds(bytes: Buffer): number {
  let count = 0
  for (const byte of bytes) if (byte === 0x0a) count++
  return count
}
