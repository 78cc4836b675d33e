import { UserError } from '../../contracts/user-error.ts'
import type { Settings } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { type Identity, isSame } from '../machine/identity.ts'
import { lockOwner } from '../machine/lock.ts'
import { poll } from '../machine/poll.ts'
import { findDifferences } from './difference.ts'
import { describeExit } from './exit-words.ts'
import { failureError } from './failure.ts'
import { BUSY_EXIT_CODE, type Handover } from './handover.ts'
import { type Launched, launchSupervisor } from './launch.ts'
import { checkDistinct } from './ports.ts'
import { requireFile } from './requirement.ts'
import { describeRunning, planHandover, type Running, type RunOptions } from './running.ts'
import { readState, type StateFolders, type SupervisorState, stateFolders } from './state-file.ts'
import { stopSupervisor } from './stop-all.ts'
import { findOrphans } from './terminate.ts'

/** How often two starters may get into each other's way before one gives up. */
const ATTEMPTS = 10

/** More than a supervisor takes to clear up after an earlier one, start every stage or stop everything (ms). */
const SETTLE_MS = 180_000

/**
 * Sees to it that every process the settings ask for runs in the background and is ready. Does nothing where that is
 * so; stops and starts again, saying why, where a process has crashed or the settings have changed. Several at a time
 * end with one set of processes. Throws a UserError that tells why it could not be done: START_FAILED, PORT_TAKEN,
 * DAEMON_MISSING.
 */
export async function ensureRunning(
  settings: Settings,
  terminal: Terminal,
  options: RunOptions = {},
): Promise<Running> {
  const handover = planHandover(settings, 'background', options)
  // What cannot start is no reason to stop what runs.
  checkDistinct(handover.specs.flatMap(({ ports }) => ports))
  for (const { requires } of handover.specs) requireFile(requires)
  const folders = stateFolders(handover.directory)
  let outcome: Running['outcome'] = 'found'
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const owner = lockOwner(folders.run)
    if (!owner) {
      const started = await startSupervisor(handover, folders, terminal)
      if (started === 'busy') continue
      return describeRunning(started, outcome === 'restarted' ? 'restarted' : 'started')
    }
    if (isUnreadable(folders)) {
      terminal.warn(
        'What the supervisor wrote down cannot be understood: it is stopped, and everything starts again.',
      )
      await stopSupervisor(owner, folders, terminal)
      outcome = 'restarted'
      continue
    }
    const settled = await settle(owner, folders, terminal)
    if (settled?.phase !== 'running') continue
    const differences = findDifferences(settled, handover.specs)
    if (differences.length === 0) return describeRunning(settled, outcome)
    terminal.line(`Starting again: ${differences.join('; ')}.`)
    await stopSupervisor(owner, folders, terminal)
    outcome = 'restarted'
  }
  throw new UserError({
    code: 'START_CONTENDED',
    what: 'Others keep starting and stopping the processes.',
    fix: 'npm run status',
  })
}

/** Waits until whoever has the lock has made up his mind: all is running, or the lock is free again. */
export async function settle(
  owner: Identity,
  folders: StateFolders,
  terminal: Terminal,
): Promise<SupervisorState | undefined> {
  const look = () => {
    const state = readState(folders)
    const isDecided = isSame(state?.supervisor, owner) && isOver(state)
    return isDecided || !isSame(lockOwner(folders.run), owner) ? { state } : undefined
  }
  const seen =
    look() ??
    (await terminal.progress('Waiting for another start or stop that is under way', () =>
      poll(look, { deadlineMs: SETTLE_MS }),
    ))
  return seen?.state
}

function isUnreadable(folders: StateFolders): boolean {
  let isSpoilt = false
  readState(folders, () => {
    isSpoilt = true
  })
  return isSpoilt
}

function isOver(state: SupervisorState | undefined): boolean {
  return state?.phase === 'running' || state?.phase === 'failed'
}

async function startSupervisor(
  handover: Handover,
  folders: StateFolders,
  terminal: Terminal,
): Promise<SupervisorState | 'busy'> {
  const orphans = findOrphans(
    folders,
    readState(folders, (text) => terminal.warn(text)),
  )
  if (orphans.length > 0) {
    const names = orphans.map(({ name }) => name).join(', ')
    terminal.warn(`${names}: left over by a supervisor that was killed; stopped before the new start.`)
  }
  const names = handover.specs.map(({ name }) => name).join(', ')
  const launched = launchSupervisor(handover, folders)
  const state = await terminal.progress(
    `Starting ${names}`,
    async (update) => {
      const outcome = await awaitOutcome(launched, folders, update)
      if (outcome !== 'busy' && outcome.failure) throw failureError(outcome.failure)
      return outcome
    },
    (result) => (result === 'busy' ? 'Another start was first' : `Running: ${names}`),
  )
  return state
}

/** Ends when every process is ready, or one has failed and the supervisor has stopped the others again. */
async function awaitOutcome(
  launched: Launched,
  folders: StateFolders,
  update: (detail: string) => void,
): Promise<SupervisorState | 'busy'> {
  const outcome = await poll(
    () => {
      const exit = launched.exit()
      if (exit?.code === BUSY_EXIT_CODE) return 'busy' as const
      const state = readState(folders)
      if (!isSame(state?.supervisor, launched.identity)) return exit ? ('lost' as const) : undefined
      if (state && isOver(state)) return state
      if (exit) return 'lost' as const
      update(describeProgress(state))
      return undefined
    },
    // The supervisor has deadlines of its own for everything it does.
    { deadlineMs: Number.POSITIVE_INFINITY },
  )
  if (outcome !== 'lost' && outcome !== undefined) return outcome
  const exit = launched.exit()
  if (exit?.code === 0) {
    throw new UserError({
      code: 'START_STOPPED',
      what: 'Somebody stopped the processes while they were starting.',
      fix: 'npm run setup',
    })
  }
  throw failureError({
    code: 'START_FAILED',
    message: `The supervisor ended before all was ready${exit ? `: ${describeExit(exit)}` : ''}.`,
    fix: `The whole log is ${launched.log}.`,
    log: launched.log,
  })
}

function describeProgress(state: SupervisorState | undefined): string {
  const waiting = (state?.processes ?? []).filter((one) => one.state === 'starting').map(({ name }) => name)
  return waiting.length > 0 ? `waiting for ${waiting.join(', ')}` : ''
}
