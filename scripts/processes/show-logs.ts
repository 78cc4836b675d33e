import { existsSync, readdirSync } from 'node:fs'
import { UserError } from '../../contracts/user-error.ts'
import { poll } from '../machine/poll.ts'
import { logPath, readTail } from './log-file.ts'
import { FollowedFile } from './log-follow.ts'

const LINES = 50
const POLL_MS = 200

export interface LogOptions {
  /** Of these processes; of all that have a log where there are none. */
  readonly names?: readonly string[]
  /** Goes on with what is added, until `signal` aborts. */
  readonly follow: boolean
  readonly signal?: AbortSignal
  /** Is given each line and the name of its process. */
  readonly write: (name: string, line: string) => void
}

/**
 * Shows the last 50 lines of each log in a folder, then what is added. A log that begins later is shown too. Throws a
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

/** The names of what has a log. */
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
