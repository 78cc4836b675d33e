import {
  closeSync,
  fchmodSync,
  fsyncSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isLeftover } from './leftover.ts'

/**
 * Writes a file so that a reader finds the old content or the new, never a part: a temporary file beside it is synced
 * to the disk and renamed over it. Its name begins with the file's own, so that git ignores it as it ignores `.env.*`.
 * The umask does not change `mode`. Temporary files of writers that were killed are removed: they may hold secrets. Throws
 * the system's error and removes the temporary file.
 */
export function writeFileAtomically(path: string, content: string | Uint8Array, mode: number): void {
  const temporary = join(dirname(path), `${basename(path)}.${process.pid}.tmp`)
  // One left by a crash could have a looser mode; `wx` makes sure that this file is new.
  rmSync(temporary, { force: true })
  removeLeftovers(path)
  try {
    const file = openSync(temporary, 'wx', mode)
    try {
      const bytes = typeof content === 'string' ? Buffer.from(content) : content
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at)
      fchmodSync(file, mode)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    // A full disk is reported by write(2), whose error does not name the file.
    throw Object.assign(error as NodeJS.ErrnoException, { path })
  }
}

/** Removes the temporary files of processes that have ended. A writer that is alive keeps its own. */
function removeLeftovers(path: string): void {
  const [folder, start] = [dirname(path), `${basename(path)}.`]
  try {
    for (const name of readdirSync(folder)) {
      const pid = name.startsWith(start) ? /^(\d+)\.tmp$/.exec(name.slice(start.length))?.[1] : undefined
      const left = join(folder, name)
      if (pid !== undefined && isLeftover(left, Number(pid))) rmSync(left, { force: true })
    }
  } catch {
    // The write itself says more about a folder that cannot be used.
  }
}
