import { mkdirSync, rmdirSync, statSync } from 'node:fs'

/** A change takes a millisecond: whoever is waited for this long was killed in the middle of one. */
const STALE_MS = 2_000
const WAIT_MS = 10
/** What cannot be locked is a folder that cannot be written to, which the writing itself will say better. */
const GIVE_UP_MS = 10_000

/** Runs a change of a file while no other process of ours changes it: what is read is not old when it is written. */
export function alone<Result>(path: string, change: () => Result): Result {
  const lock = `${path}.lock`
  const hasLock = take(lock)
  try {
    return change()
  } finally {
    if (hasLock) release(lock)
  }
}

/** A folder is made by one process alone, on every file system. */
function take(lock: string): boolean {
  for (const deadline = Date.now() + GIVE_UP_MS; Date.now() < deadline; ) {
    try {
      mkdirSync(lock)
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') return false
      if (ageMs(lock) > STALE_MS) release(lock)
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS)
    }
  }
  return false
}

function ageMs(lock: string): number {
  try {
    return Date.now() - statSync(lock).mtimeMs
  } catch {
    return 0
  }
}

function release(lock: string): void {
  try {
    rmdirSync(lock)
  } catch {
    // Somebody else took it for one left behind, and has removed it.
  }
}
