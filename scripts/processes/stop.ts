import { existsSync } from 'node:fs'
import { UserError } from '../../contracts/user-error.ts'
import type { WorkspaceState } from '../../contracts/workspace-state.ts'
import { type Settings, stateDirectory } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { hasEnded, isAlive, sendSignal } from '../machine/identity.ts'
import { findPortHolder } from '../machine/port-holder.ts'
import { endProcesses, listLiving } from './living.ts'
import { lockForStop } from './lock.ts'
import { findMarked, resolveFolder } from './marker.ts'
import { describePort, findTaken } from './ports.ts'
import { readState, removeState, type StateFolders, stateFolders, writeState } from './state.ts'

/** Longer than the backends need to answer what is in flight and to send what they have (ms). */
export const STOP_MS = 12_000

/** How long a process may take to disappear once it has been killed, and `npm start` to end after its processes (ms). */
const MARGIN_MS = 10_000

export interface StopReport {
  /** Names of the processes that were stopped, in the order of stopping. */
  readonly stopped: readonly string[]
  /** Those among them that did not end after SIGTERM. */
  readonly killed: readonly string[]
}

/**
 * Stops everything that belongs to this state directory, in order, however it was started; nothing running is fine. A
 * start that is under way is ended first. Processes are signalled by pid and start time only.
 * `stopMs`: how long each has between SIGTERM and SIGKILL. Throws a UserError (STOP_FAILED) where a process is left.
 */
export async function stopAll(
  settings: Pick<Settings, 'WORKSPACE_STATE_DIR'>,
  terminal: Terminal,
  { stopMs }: { readonly stopMs?: number } = {},
): Promise<StopReport> {
  const directory = stateDirectory(settings)
  // Processes outlive their folder when it is deleted by hand.
  const isThere = existsSync(directory) || findMarked(resolveFolder(directory)).length > 0
  const folders = isThere ? stateFolders(directory) : undefined
  const lock = folders && (await lockForStop(folders))
  try {
    const report = folders ? await stopEverything(folders, terminal, stopMs) : undefined
    if (!report || report.stopped.length === 0) terminal.line('Nothing is running.')
    return report ?? { stopped: [], killed: [] }
  } finally {
    lock?.release()
  }
}

/** The same, for a holder of the lock. */
export async function stopEverything(
  folders: StateFolders,
  terminal: Terminal,
  stopMs?: number,
): Promise<StopReport> {
  const state = readState(folders, (text) => terminal.warn(text))
  const names = [...new Set(listLiving(folders, state).map(({ name }) => name))]
  const stop = () => endInOrder(folders, state, stopMs ?? state?.stopMs ?? STOP_MS)
  const report =
    names.length === 0
      ? await stop()
      : await terminal.progress(
          `Stopping ${names.join(', ')}`,
          stop,
          ({ stopped }) => `Stopped: ${stopped.join(', ')}`,
        )
  for (const name of report.killed) {
    terminal.warn(`${name} did not end in time and was killed; what it had not sent yet is lost.`)
  }
  await checkStopped(folders, state, terminal)
  removeState(folders)
  return report
}

async function endInOrder(
  folders: StateFolders,
  state: WorkspaceState | undefined,
  stopMs: number,
): Promise<StopReport> {
  if (state) markStopping(folders, state)
  const stopped = new Set<string>()
  const killed = new Set<string>()
  await endProcesses(listLiving(folders, state), stopMs, ({ name }, termination) => {
    stopped.add(name)
    if (termination === 'killed') killed.add(name)
  })
  const supervisor = state?.supervisor
  if (supervisor && supervisor.pid !== process.pid && sendSignal(supervisor, 'SIGTERM')) {
    if (!(await hasEnded(supervisor, MARGIN_MS))) sendSignal(supervisor, 'SIGKILL')
  }
  return { stopped: [...stopped], killed: [...killed] }
}

/** So that `npm start` and `status` do not take what is stopped for crashed. A full disk is no reason to go on running. */
function markStopping(folders: StateFolders, state: WorkspaceState): void {
  try {
    writeState(folders, { ...state, phase: 'stopping' })
  } catch {}
}

/** Throws where one of our processes still runs; warns of our ports that another program has. */
async function checkStopped(
  folders: StateFolders,
  state: WorkspaceState | undefined,
  terminal: Terminal,
): Promise<void> {
  const supervisor = state?.supervisor
  const isOther = supervisor && supervisor.pid !== process.pid && isAlive(supervisor)
  const left = [
    ...listLiving(folders, state).map(({ identity }) => identity),
    ...(isOther ? [supervisor] : []),
  ]
  const ended = await Promise.all(
    left.map(async (one) => ((await hasEnded(one, MARGIN_MS)) ? [] : [one.pid])),
  )
  const pids = ended.flat()
  if (pids.length > 0) {
    throw new UserError({
      code: 'STOP_FAILED',
      what: `Still running: pid ${pids.join(', ')}.`,
      fix: `npm stop again, or kill -9 ${pids.join(' ')}`,
    })
  }
  for (const port of await findTaken(state?.processes.flatMap(({ ports }) => ports) ?? [])) {
    const holder = await findPortHolder(port)
    const who = holder ? `${holder.name} (pid ${holder.pid})` : 'another program'
    terminal.warn(`Port ${describePort(port)} is held by ${who}, which is none of ours.`)
  }
}
