import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../../contracts/user-error.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { type Lock, tryLock } from '../machine/lock.ts'
import { poll } from '../machine/poll.ts'
import type { StateFolders } from './state.ts'

/** More than a start or a stop takes, with every deadline of its processes used up (ms). */
const WAIT_MS = 180_000

/** The lock of starting and stopping: its holder alone writes the state file. */
export function tryProcessesLock(folders: StateFolders): Lock | undefined {
  return tryLock(join(folders.run, 'processes.lock'))
}

/**
 * Waits for another start or stop. Throws a UserError: START_CONTENDED where that does not end, STATE_DIR_UNUSABLE
 * where the lock cannot be made.
 */
export async function lockForStart(folders: StateFolders, terminal: Terminal): Promise<Lock> {
  const lock =
    tryForStart(folders) ??
    (await terminal.progress('Waiting for another start or stop that is under way', () =>
      poll(() => tryForStart(folders), { deadlineMs: WAIT_MS }),
    ))
  if (!lock) throw contended()
  rmSync(stopRequestOf(folders), { force: true })
  return lock
}

function tryForStart(folders: StateFolders): Lock | undefined {
  try {
    return tryProcessesLock(folders)
  } catch (error) {
    throw new UserError(
      {
        code: 'STATE_DIR_UNUSABLE',
        what: `${folders.run} cannot have the lock of the workspace’s processes (${(error as Error).message}).`,
        fix: 'Make room on its disk and make it yours, or keep it elsewhere: npm run env -- WORKSPACE_STATE_DIR=<folder>',
      },
      { cause: error },
    )
  }
}

/**
 * The same for a stop, which asks a start that is under way to end. Where no lock can be made, the stop goes on without:
 * on a full disk it may be what makes room.
 */
export async function lockForStop(folders: StateFolders): Promise<Lock> {
  const take = () => {
    try {
      return tryProcessesLock(folders) ?? requestStop(folders)
    } catch {
      return { release: () => {} }
    }
  }
  const lock = await poll(take, { deadlineMs: WAIT_MS })
  if (!lock) throw contended()
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
    // A full disk: the start ends by itself, later.
  }
}

function stopRequestOf(folders: StateFolders): string {
  return join(folders.run, 'processes.stop')
}

function contended(): UserError {
  return new UserError({
    code: 'START_CONTENDED',
    what: 'Another start or stop of the processes does not end.',
    fix: 'npm run status',
  })
}
