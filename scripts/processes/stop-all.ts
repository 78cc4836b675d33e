import { existsSync } from 'node:fs'
import { UserError } from '../../contracts/user-error.ts'
import { type Settings, stateDirectory } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { type Identity, isAlive, sendSignal } from '../machine/identity.ts'
import { type Lock, type LockOwner, lockOwner, takeLock } from '../machine/lock.ts'
import { poll } from '../machine/poll.ts'
import { findPortHolder } from '../machine/port-holder.ts'
import { findMarked, resolveFolder } from './marker.ts'
import { describePort, findTaken } from './ports.ts'
import {
  readState,
  removeState,
  type StateFolders,
  type SupervisorState,
  stateFolders,
} from './state-file.ts'
import { findOrphans, hasEnded, terminateOrphans } from './terminate.ts'

const DEFAULT_STOP_MS = 12_000

/** What a supervisor needs besides the time of its processes (ms). */
const MARGIN_MS = 10_000

export interface StopReport {
  /** Names of the processes that were stopped, in the order of stopping. */
  readonly stopped: readonly string[]
  /** Those among them that did not end when asked to. */
  readonly killed: readonly string[]
}

export interface StopOptions {
  /** For processes without a supervisor: how long each has between SIGTERM and SIGKILL (ms; 12 s without it). */
  readonly stopMs?: number
}

/**
 * Stops everything that belongs to this state directory, in order, whoever started it and whether its supervisor
 * lives or not; nothing running is fine. No process is signalled but by pid and start time.
 * Throws a UserError (STOP_FAILED) where a process is left.
 */
export async function stopAll(
  settings: Pick<Settings, 'WORKSPACE_STATE_DIR'>,
  terminal: Terminal,
  options: StopOptions = {},
): Promise<StopReport> {
  const directory = stateDirectory(settings)
  // Processes outlive their folder, when somebody deletes it by hand.
  const isThere = existsSync(directory) || findMarked(resolveFolder(directory)).length > 0
  const folders = isThere ? stateFolders(directory) : undefined
  const owner = folders && lockOwner(folders.run)
  const report = folders ? await stopIn(folders, owner, terminal, options) : NOTHING
  if (report.stopped.length === 0 && owner?.purpose !== 'supervise') terminal.line('Nothing is running.')
  return report
}

async function stopIn(
  folders: StateFolders,
  owner: LockOwner | undefined,
  terminal: Terminal,
  options: StopOptions,
): Promise<StopReport> {
  const state = readState(folders, (text) => terminal.warn(text))
  const isSupervised = owner?.purpose === 'supervise'
  const bySupervisor = isSupervised ? await stopSupervisor(owner, folders, terminal) : NOTHING
  const stopMs = options.stopMs ?? state?.stopMs ?? DEFAULT_STOP_MS
  const lock = await takeLockForStop(folders, stopMs)
  // Somebody has just started everything again: what runs now is none of what was to be stopped.
  if (!lock) return bySupervisor
  try {
    const byHand = await stopOrphans(folders, terminal, stopMs)
    await verify(folders, state, terminal)
    removeState(folders)
    return {
      stopped: [...bySupervisor.stopped, ...byHand.stopped],
      killed: [...bySupervisor.killed, ...byHand.killed],
    }
  } finally {
    lock.release()
  }
}

/** Waits while another stop is under way; undefined where a supervisor has come up instead. */
async function takeLockForStop(folders: StateFolders, stopMs: number): Promise<Lock | undefined> {
  const take = () => {
    const lock = takeStopLock(folders)
    if (lock) return { lock }
    return lockOwner(folders.run)?.purpose === 'supervise' ? { lock: undefined } : undefined
  }
  const taken = await poll(take, { deadlineMs: 10 * stopMs + MARGIN_MS })
  return taken?.lock
}

/** Whoever stops on a full disk does so to make room: without a lock, where none can be written. */
function takeStopLock(folders: StateFolders): Lock | undefined {
  try {
    return takeLock(folders.run, 'stop')
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (!['ENOSPC', 'EDQUOT'].includes(code)) throw error
    return { isHeld: () => false, release: () => {} }
  }
}

const NOTHING: StopReport = { stopped: [], killed: [] }

/** Asks a supervisor to stop its processes and itself, and waits for that. */
export async function stopSupervisor(
  owner: Identity,
  folders: StateFolders,
  terminal: Terminal,
): Promise<StopReport> {
  const before = readState(folders)
  const running = (before?.processes ?? []).filter(({ identity, exit }) => identity && !exit).reverse()
  const deadlineMs = Math.max(1, running.length) * (before?.stopMs ?? DEFAULT_STOP_MS) + MARGIN_MS
  const stopped = await terminal.progress(
    running.length > 0 ? `Stopping ${running.map(({ name }) => name).join(', ')}` : 'Stopping',
    async () => {
      sendSignal(owner, 'SIGTERM')
      if (!(await hasEnded(owner, deadlineMs))) {
        terminal.warn(`The supervisor (pid ${owner.pid}) did not end and is killed.`)
        sendSignal(owner, 'SIGKILL')
        await hasEnded(owner, MARGIN_MS)
      }
      // It may have been killed by somebody else, and then these go on.
      return running.filter(({ identity }) => identity && !isAlive(identity)).map(({ name }) => name)
    },
    (names) => (names.length > 0 ? `Stopped: ${names.join(', ')}` : 'The supervisor has ended'),
  )
  const after = readState(folders)
  const processes = after?.run === before?.run ? (after?.processes ?? []) : []
  const killed = processes.filter((one) => one.killed).map(({ name }) => name)
  for (const name of killed) sayKilled(name, terminal)
  return { stopped, killed }
}

async function stopOrphans(folders: StateFolders, terminal: Terminal, stopMs: number): Promise<StopReport> {
  const stopped: string[] = []
  const killed: string[] = []
  await terminateOrphans(
    findOrphans(folders, readState(folders)),
    stopMs,
    ({ name, identity }, termination) => {
      stopped.push(name)
      terminal.done(`Stopped ${name} (pid ${identity.pid}), which had no supervisor any more`)
      if (termination !== 'killed') return
      killed.push(name)
      sayKilled(name, terminal)
    },
  )
  return { stopped, killed }
}

function sayKilled(name: string, terminal: Terminal): void {
  terminal.warn(`${name} did not end in time and was killed; what it had not sent yet is lost.`)
}

/** Nothing of ours runs any more, or the person is told what does. */
async function verify(
  folders: StateFolders,
  state: SupervisorState | undefined,
  terminal: Terminal,
): Promise<void> {
  const orphans = findOrphans(folders, state).map(({ identity }) => identity)
  const known = state && state.supervisor.pid !== process.pid ? [state.supervisor, ...orphans] : orphans
  const ended = await Promise.all(
    known.map(async (one) => ((await hasEnded(one, MARGIN_MS)) ? [] : [one.pid])),
  )
  const pids = ended.flat()
  if (pids.length > 0) {
    throw new UserError({
      code: 'STOP_FAILED',
      what: `Still running: pid ${pids.join(', ')}.`,
      fix: `npm stop again, or kill -9 ${pids.join(' ')}`,
    })
  }
  const ports = state?.processes.flatMap((one) => (one.identity ? one.ports : [])) ?? []
  for (const port of await findTaken(ports)) {
    const holder = await findPortHolder(port)
    const who = holder ? `${holder.name} (pid ${holder.pid})` : 'another program'
    terminal.warn(`Port ${describePort(port)} is held by ${who}, which is none of ours.`)
  }
}
