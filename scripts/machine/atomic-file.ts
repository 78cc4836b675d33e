import { closeSync, fchmodSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/**
 * Writes a file so that a reader finds the old content or the new, never a part: a temporary file beside it is synced
 * to the disk and renamed over it. Its name begins with the file's own, so that git ignores it as it ignores `.env.*`.
 * The umask does not change `mode`. Throws the system's error and removes the temporary file.
 */
export function writeFileAtomically(path: string, content: string | Uint8Array, mode: number): void {
  const temporary = join(dirname(path), `${basename(path)}.${process.pid}.tmp`)
  // One left by a crash could have a looser mode; `wx` makes sure that this file is new.
  rmSync(temporary, { force: true })
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
