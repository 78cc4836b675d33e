import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../contracts/user-error.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { type Lock, tryLock } from '../machine/lock.ts'
import { poll } from '../machine/poll.ts'
import { diagnoseSystemError } from '../machine/system-error.ts'
import type { StateFolders } from './state.ts'

/**
 * More than a start or a stop takes with every deadline used up (ms): four processes with 17 s each to be stopped and
 * killed, and three stages of a minute each to be ready.
 */
const WAIT_MS = 300_000

/** The lock of starting and stopping: its holder alone writes the state file. */
export function tryProcessesLock(folders: StateFolders): Lock | undefined {
  return tryLock(join(folders.run, 'processes.lock'))
}

/**
 * Waits for another start or stop. Throws a UserError: START_CONTENDED where that does not end, STATE_DIR_UNUSABLE
 * and LOCK_UNUSABLE where the lock cannot be made, the reason of `signal` when that aborts.
 */
export async function lockForStart(
  folders: StateFolders,
  terminal: Terminal,
  signal: AbortSignal | undefined,
): Promise<Lock> {
  const take = () => {
    try {
      return tryProcessesLock(folders)
    } catch (error) {
      if (error instanceof UserError) throw error
      const { what, fix } = diagnoseSystemError(error) ?? {
        what: `${folders.run} cannot have the lock of the workspace’s processes (${(error as Error).message}).`,
        fix: 'Keep it elsewhere: npm run env -- WORKSPACE_STATE_DIR="$HOME/tracing-state"',
      }
      throw new UserError({ code: 'STATE_DIR_UNUSABLE', what, fix }, { cause: error })
    }
  }
  return waitForLock(folders, terminal, take, signal)
}

/**
 * The same for a stop, which asks a start that is under way to end. Where no lock can be made, the stop goes on without:
 * on a full disk it may be what makes room.
 */
export function lockForStop(folders: StateFolders, terminal: Terminal): Promise<Lock> {
  return waitForLock(folders, terminal, () => {
    try {
      return tryProcessesLock(folders) ?? requestStop(folders)
    } catch {
      return { release: () => {} }
    }
  })
}

/** Takes the lock, or says what it waits for: a suspended command (Ctrl-Z) keeps the lock until it goes on. */
async function waitForLock(
  folders: StateFolders,
  terminal: Terminal,
  take: () => Lock | undefined,
  signal?: AbortSignal,
): Promise<Lock> {
  const wait = () => poll(take, { deadlineMs: WAIT_MS, ...(signal && { signal }) })
  const lock =
    take() ?? (await terminal.progress('Waiting for another start or stop that is under way', wait))
  if (!lock) {
    throw new UserError({
      code: 'START_CONTENDED',
      what: 'Another start or stop of the processes does not end. It may be suspended in another terminal.',
      fix: 'fg there, and Ctrl-C; or npm run status',
    })
  }
  rmSync(stopRequestOf(folders), { force: true })
  return lock
}

/** Whether `npm stop` waits for the holder of the lock. */
export function isStopRequested(folders: StateFolders): boolean {
  return existsSync(stopRequestOf(folders))
}

function requestStop(folders: StateFolders): undefined {
  try {
    writeFileSync(stopRequestOf(folders), '', { mode: 0o600 })
  } catch {
    // On a full disk this stop waits until the start has ended by itself.
  }
}

function stopRequestOf(folders: StateFolders): string {
  return join(folders.run, 'processes.stop')
}
