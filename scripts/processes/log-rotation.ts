import {
  appendFileSync,
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { basename } from 'node:path'

/** A longer log is rotated. */
export const MAX_LOG_BYTES = 5 * 1024 * 1024
/** How often a process looks at the length of its log. A process that writes 10 MB/s adds 2 MB in this time. */
const CHECK_MS = 200
const STDOUT = 1

/** The file with the lines before the last rotation. */
export function archiveOf(log: string): string {
  return `${log}.1`
}

/** The copy during a rotation. A process that is killed leaves it behind, and the next rotation replaces it. */
export function partialArchiveOf(log: string): string {
  return `${log}.1.partial`
}

/**
 * Rotates this process's log whenever it has grown past 5 MB: copies it to `<log>.1`, in the place of the older copy, and
 * empties it. Does nothing unless standard output is this file. The log is not renamed, because Node cannot redirect its
 * standard output to another file.
 *
 * Another thread makes the copy. This thread then adds the lines that were written meanwhile and empties the log,
 * without a return to the event loop in between, so that no line of this process is lost. A line that another process
 * writes at this moment may be lost. A process that is killed at this moment leaves its lines in both files.
 */
export function boundOwnLog(
  path: string,
  {
    maxBytes = MAX_LOG_BYTES,
    everyMs = CHECK_MS,
  }: { readonly maxBytes?: number; readonly everyMs?: number } = {},
): void {
  if (!isSameFile(fstatSync(STDOUT), path)) return
  let isRotating = false
  const check = async () => {
    if (isRotating) return
    isRotating = true
    try {
      if (fstatSync(STDOUT).size > maxBytes) await rotate(path)
    } catch {
      // A log that cannot be rotated must not end the process that writes it. The next check tries again.
    } finally {
      isRotating = false
    }
  }
  setInterval(check, everyMs).unref()
}

async function rotate(path: string): Promise<void> {
  const log = fstatSync(STDOUT)
  // A deleted log has no reader and still fills the disk. A log that a person has renamed is no longer ours.
  if (log.nlink === 0) return ftruncateSync(STDOUT)
  if (!isSameFile(log, path)) return
  const archive = archiveOf(path)
  const partial = partialArchiveOf(path)
  let earlier = `earlier lines: ${basename(archive)}`
  try {
    await copyFile(path, partial)
    addRest(path, partial)
    renameSync(partial, archive)
  } catch (error) {
    // On a full disk, for example. A log without a bound would make it worse.
    rmSync(partial, { force: true })
    earlier = `earlier lines were not kept: ${(error as Error).message}`
  }
  ftruncateSync(STDOUT)
  writeSync(STDOUT, `── ${new Date().toISOString()} ${earlier} ──\n`)
}

/** Adds what was written to the log after it was copied. */
function addRest(path: string, copy: string): void {
  const start = statSync(copy).size
  const fd = openSync(path, 'r')
  try {
    const rest = Buffer.alloc(fstatSync(fd).size - start)
    appendFileSync(copy, rest.subarray(0, readSync(fd, rest, 0, rest.length, start)))
  } finally {
    closeSync(fd)
  }
}

function isSameFile({ ino, dev }: Stats, path: string): boolean {
  const named = statSync(path, { throwIfNoEntry: false })
  return named?.ino === ino && named.dev === dev
}
