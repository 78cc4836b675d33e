import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { UserError } from '../../contracts/user-error.ts'
import {
  type Identity,
  identitySchema,
  type Port,
  type WorkspaceState,
} from '../../contracts/workspace-state.ts'
import { type Settings, stateDirectory } from '../../settings/read.ts'
import { endInterrupted, onInterrupt } from '../command-line/interruption.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { parseJson } from '../machine/http-json.ts'
import { hasEnded, isAnotherUsers, terminate } from '../machine/identity.ts'
import { findPortHolder } from '../machine/port-holder.ts'
import { readOrUndefined } from '../machine/process-facts.ts'
import { endProcesses, findMarked, type LivingProcess, listLiving, resolveFolder, STOP_MS } from './living.ts'
import { lockForStop } from './lock.ts'
import { findNeighbour } from './neighbour.ts'
import { describePorts } from './port-text.ts'
import { describeHolder, findTaken } from './ports.ts'
import { readState, removeState, type StateFolders, stateFolders, writeState } from './state.ts'

/** How long a process may take to disappear once it has been killed, and `npm start` to end after its processes (ms). */
const MARGIN_MS = 10_000

/** How long the supervisor of version 0.1.0 may take, which stops four processes one after the other (ms). */
const OLD_STOP_MS = 4 * STOP_MS

const oldStateSchema = z.object({ supervisor: identitySchema })

export interface StopReport {
  /** Names of the processes that were stopped, in the order of stopping. */
  readonly stopped: readonly string[]
  /** The names of those that did not end after SIGTERM. */
  readonly killed: readonly string[]
}

const NOTHING: StopReport = { stopped: [], killed: [] }

/**
 * Stops everything that belongs to this state directory, in order, however it was started; nothing running is fine. A
 * start that is under way is ended first. Processes are signalled by pid and start time only.
 * `stopMs`: how long each has between SIGTERM and SIGKILL. Ctrl-C and SIGTERM end this command, with the names of those that still
 * run. Throws a UserError (STOP_FAILED) where a process is left.
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
  const lock = folders && (await lockForStop(folders, terminal))
  using _ =
    folders &&
    onInterrupt((signal) => {
      // A closed terminal does not end a stop.
      if (signal !== 'SIGHUP') endInterrupted(signal, describeRest(folders), STOP_AGAIN)
    })
  try {
    const report = folders ? await stopEverything(folders, terminal, { stopMs }) : NOTHING
    if (report.stopped.length === 0) terminal.line('Nothing is running.')
    return report
  } finally {
    lock?.release()
  }
}

const STOP_AGAIN = 'npm stop again ends what still runs.'

function describeRest(folders: StateFolders): string {
  const rest = new Set(listLiving(folders, readState(folders)).map(({ name }) => name))
  return rest.size > 0
    ? `The stop was interrupted. Still running, or about to end: ${[...rest].join(', ')}.`
    : 'The stop was interrupted when every process had ended.'
}

/** `continuesIn`: where the caller starts the processes again, for the `npm start` that loses them. */
export interface StopOptions extends Pick<WorkspaceState, 'continuesIn'> {
  readonly stopMs?: number | undefined
}

/** The same, for a holder of the lock. */
export async function stopEverything(
  folders: StateFolders,
  terminal: Terminal,
  { stopMs = STOP_MS, continuesIn }: StopOptions = {},
): Promise<StopReport> {
  const state = readState(folders, terminal.warn)
  if (state) markStopping(folders, { ...state, continuesIn })
  const living = listLiving(folders, state)
  const report = living.length > 0 ? await stopLiving(living, stopMs, terminal) : NOTHING
  const supervisor = state?.supervisor?.pid === process.pid ? undefined : state?.supervisor
  if (supervisor) await terminate(supervisor, MARGIN_MS)
  const oldSupervisor = readOldSupervisor(folders)
  // Where no mark shows its processes (macOS), it stops them itself.
  if (oldSupervisor) await terminate(oldSupervisor, OLD_STOP_MS)
  const left = [
    ...listLiving(folders, state).map(({ identity }) => identity),
    ...[supervisor, oldSupervisor].filter((one) => one !== undefined),
  ]
  await checkEnded(left)
  const ports = state?.processes.flatMap((one) => one.ports) ?? []
  await warnOfTakenPorts(ports, folders.state, terminal)
  removeState(folders)
  rmSync(oldStateOf(folders), { force: true })
  return report
}

/** The process of version 0.1.0 that kept the others running, from the state file of that version. */
function readOldSupervisor(folders: StateFolders): Identity | undefined {
  const text = readOrUndefined(oldStateOf(folders))
  return text === undefined ? undefined : oldStateSchema.safeParse(parseJson(text)).data?.supervisor
}

function oldStateOf(folders: StateFolders): string {
  return join(folders.run, 'supervisor.json')
}

/** Written so that `npm start` and `status` do not take the stopped processes for crashed. */
function markStopping(folders: StateFolders, state: WorkspaceState): void {
  try {
    writeState(folders, { ...state, phase: 'stopping' })
  } catch {
    // On a full disk the stop continues without this.
  }
}

async function stopLiving(
  living: readonly LivingProcess[],
  stopMs: number,
  terminal: Terminal,
): Promise<StopReport> {
  const stopped = new Set<string>()
  const killed = new Set<string>()
  const note = ({ name }: LivingProcess, termination: 'ended' | 'killed') => {
    stopped.add(name)
    if (termination === 'killed') killed.add(name)
  }
  const names = new Set(living.map(({ name }) => name))
  await terminal.progress(
    `Stopping ${[...names].join(', ')}`,
    () => endProcesses(living, stopMs, note),
    () => `Stopped: ${[...stopped].join(', ')}`,
  )
  for (const name of killed) {
    terminal.warn(`${name} did not end in time and was killed; what it had not sent yet is lost.`)
  }
  return { stopped: [...stopped], killed: [...killed] }
}

async function checkEnded(identities: readonly Identity[]): Promise<void> {
  const others = identities.filter(isAnotherUsers).map(({ pid }) => pid)
  if (others.length > 0) {
    throw new UserError({
      code: 'STOP_FAILED',
      what: `Still running: pid ${others.join(', ')}, which another user has started (with sudo?).`,
      fix: `sudo kill ${others.join(' ')}, then npm stop. Whose they are: ps -o user=,pid=,args= -p ${others.join(',')}`,
    })
  }
  const ended = await Promise.all(
    identities.map(async (one) => ((await hasEnded(one, MARGIN_MS)) ? [] : [one.pid])),
  )
  const pids = ended.flat()
  if (pids.length === 0) return
  throw new UserError({
    code: 'STOP_FAILED',
    what: `Still running: pid ${pids.join(', ')}.`,
    fix: `npm stop again, or kill -9 ${pids.join(' ')}`,
  })
}

async function warnOfTakenPorts(
  ports: readonly Port[],
  directory: string,
  terminal: Terminal,
): Promise<void> {
  const held = await Promise.all(
    (await findTaken(ports)).map(async (port) => {
      const holder = await findPortHolder(port)
      const neighbour = holder && findNeighbour(holder.pid, directory)
      return { port, who: `${describeHolder(holder)}${neighbour ? ` of ${neighbour.whose}` : ''}` }
    }),
  )
  for (const [who, group] of Map.groupBy(held, (one) => one.who)) {
    const its = describePorts(group.map(({ port }) => port))
    terminal.warn(`Held by ${who}, which is none of ours: ${its}.`)
  }
}
