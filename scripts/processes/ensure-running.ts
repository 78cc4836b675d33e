import { existsSync } from 'node:fs'
import { UserError } from '../../contracts/user-error.ts'
import type { ProcessRecord, WorkspaceState } from '../../contracts/workspace-state.ts'
import { resolveProviders } from '../../settings/providers.ts'
import { type Environment, type Settings, stateDirectory } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { type Difference, findDifferences, REASON_WORDS, type Reason } from './differences.ts'
import { lockForStart } from './lock.ts'
import { planProcesses } from './plan.ts'
import { checkDistinct } from './ports.ts'
import type { ProcessSpec } from './spec.ts'
import { namesToStart, startProcesses } from './start.ts'
import { StartFailure } from './start-failure.ts'
import { isInForeground, newState, readState, stateFolders } from './state.ts'
import { STOP_MS, stopEverything } from './stop.ts'

/** How long a process may take to be ready (ms). A new database on a busy small machine takes half of it. */
const READY_MS = 60_000

export interface RunOptions {
  /** Decides whether a provider is live, and is what SDKs read besides the settings; process.env without it. */
  readonly environment?: Environment
  /** What to run, if not what the settings ask for. */
  readonly specs?: readonly ProcessSpec[]
  /** How long a process may take to be ready (ms; a minute without it). */
  readonly readyMs?: number
  /** How long a process has between SIGTERM and SIGKILL (ms; 12 s without it). */
  readonly stopMs?: number
}

/** What runs, once it does. */
export interface Running {
  /** found: everything ran already. started: now. restarted: some of it, or all. */
  readonly outcome: 'found' | 'started' | 'restarted'
  readonly mode: 'background' | 'foreground'
  readonly processes: readonly ProcessRecord[]
}

/** What a start needs; throws a UserError for what can be known to fail before anything is stopped for it. */
export function planStart(settings: Settings, options: RunOptions) {
  const { environment = process.env, readyMs = READY_MS, stopMs = STOP_MS } = options
  const specs = options.specs ?? planProcesses(settings, resolveProviders(settings, environment), environment)
  checkDistinct(specs.flatMap(({ ports }) => ports))
  for (const { requires } of specs) {
    if (requires && !existsSync(requires.path)) {
      throw new UserError({ code: requires.code, what: requires.message, fix: requires.fix })
    }
  }
  return { specs, readyMs, stopMs, folders: stateFolders(stateDirectory(settings)) }
}

/**
 * Makes sure that every process the settings ask for runs in the background and is ready. What runs with the settings
 * and the code of now is left alone; what does not, and what uses that, starts again, and the terminal says why. What
 * runs in the foreground of another terminal counts as running; where it has to change, all of it moves to the
 * background. Several calls at a time end with one set of processes.
 * Throws a UserError that says why it could not be done: START_FAILED, PORT_TAKEN, DAEMON_MISSING.
 */
export async function ensureRunning(
  settings: Settings,
  terminal: Terminal,
  options: RunOptions = {},
): Promise<Running> {
  const { specs, readyMs, stopMs, folders } = planStart(settings, options)
  const lock = await lockForStart(folders, terminal)
  try {
    let state = readState(folders, (text) => terminal.warn(text)) ?? newState(stopMs)
    const differences = findDifferences(state, specs)
    if (state.phase === 'running' && differences.length === 0) {
      return describeRunning(state, 'found')
    }
    const hasRun = differences.some(({ reason }) => reason !== 'PROCESS_MISSING')
    sayRestarts(state, specs, differences, terminal)
    if (isInForeground(state)) {
      await stopEverything(folders, terminal)
      state = newState(stopMs)
    }
    const running = await start(state)
    return describeRunning(running, hasRun ? 'restarted' : 'started')
  } finally {
    lock.release()
  }

  function start(state: WorkspaceState): Promise<WorkspaceState> {
    const names = specs.map(({ name }) => name)
    const starting = names.filter((name) => namesToStart({ ...state, stopMs }, specs).has(name))
    return terminal.progress(
      `Starting ${(starting.length > 0 ? starting : names).join(', ')}`,
      async (update) => {
        try {
          const warn = (text: string) => terminal.warn(text)
          return await startProcesses({ ...state, stopMs }, { folders, specs, readyMs, update, warn })
        } catch (error) {
          throw error instanceof StartFailure ? error.toUserError({ withLog: true }) : error
        }
      },
      () => `Running: ${names.join(', ')}`,
    )
  }
}

/** One line that names each process that starts again, and why. */
export function sayRestarts(
  state: WorkspaceState,
  specs: readonly ProcessSpec[],
  differences: readonly Difference[],
  terminal: Terminal,
): void {
  // A start that failed has told of its crash.
  const isTold = (reason: Reason) => reason === 'PROCESS_ENDED' && state.phase === 'failed'
  const told = differences.filter(({ reason }) => reason !== 'PROCESS_MISSING' && !isTold(reason))
  if (told.length === 0) return
  const reasons = told.map(({ name, reason }) => `${name} (${REASON_WORDS[reason]})`)
  const users = [...namesToStart(state, specs)].filter(
    (name) => !differences.some((one) => one.name === name),
  )
  const withUsers = users.map((name) => `${name} (uses what starts again)`)
  terminal.line(`Starting again: ${[...reasons, ...withUsers].join(', ')}.`)
}

function describeRunning(state: WorkspaceState, outcome: Running['outcome']): Running {
  return { outcome, mode: isInForeground(state) ? 'foreground' : 'background', processes: state.processes }
}
