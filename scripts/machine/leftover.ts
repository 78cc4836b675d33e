import { statSync } from 'node:fs'
import { identify } from './identity.ts'

/** A writer in another container, whose pid does not exist here, has finished by then (ms). */
const LEAST_AGE_MS = 2 * 60_000

/**
 * Whether a temporary file or folder was left by a process that was killed: no process here has its pid, and it was not
 * changed lately. Containers share folders and have pids of their own.
 */
export function isLeftover(path: string, pid: number, now = Date.now()): boolean {
  if (pid > 1 && identify(pid)) return false
  const stat = statSync(path, { throwIfNoEntry: false })
  return stat !== undefined && Math.abs(now - stat.mtimeMs) > LEAST_AGE_MS
}
