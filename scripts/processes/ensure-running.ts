import { existsSync } from 'node:fs'
import { UserError } from '../../contracts/user-error.ts'
import type { ProcessRecord, Scope, WorkspaceState } from '../../contracts/workspace-state.ts'
import { resolveProviders } from '../../settings/providers.ts'
import { type Environment, type Settings, stateDirectory } from '../../settings/read.ts'
import { type EndSignal, endBySignal, onInterrupt } from '../command-line/interruption.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { type Difference, findDifferences, namesToStart, REASONS } from './differences.ts'
import { describeInterruptedStart } from './interrupted-start.ts'
import { findKeptData } from './kept-data.ts'
import { lockForStart } from './lock.ts'
import { planProcesses, planSandboxAlone } from './plan.ts'
import { checkDistinct } from './ports.ts'
import type { ProcessSpec } from './spec.ts'
import { type Foreground, startProcesses } from './start.ts'
import { StartFailure, stoppedError } from './start-failure.ts'
import { isInForeground, newState, readState, runsBeyondSandbox, stateFolders } from './state.ts'
import { stopEverything } from './stop.ts'

/** How long a process may take to be ready (ms). A new database on a busy small machine takes half of it. */
const READY_MS = 60_000

export interface RunOptions {
  /** Decides whether a provider is live, and is what SDKs read besides the settings; process.env by default. */
  readonly environment?: Environment
  /** sandbox: the sandbox alone, unless more of the workspace runs already. By default everything. */
  readonly scope?: Scope
  /** The processes to run; by default those that the settings ask for, in this scope. */
  readonly specs?: readonly ProcessSpec[]
  /** How long a process may take to be ready (ms); a minute by default. */
  readonly readyMs?: number
}

/** The running processes. */
export interface Running {
  /** found: everything ran already. started: now. restarted: some of it, or all. */
  readonly outcome: 'found' | 'started' | 'restarted'
  readonly mode: 'background' | 'foreground'
  /** workspace also where only the sandbox was asked for, and more runs. */
  readonly scope: Scope
  readonly processes: readonly ProcessRecord[]
}

/** The processes that the settings ask for, in this scope. */
function planScope(settings: Settings, { scope, environment = process.env }: RunOptions): ProcessSpec[] {
  if (scope === 'sandbox') return planSandboxAlone(settings, environment)
  return planProcesses(settings, resolveProviders(settings, environment), environment)
}

/** What a start needs; throws a UserError for what can be known to fail before anything is stopped for it. */
export function planStart(settings: Settings, options: RunOptions) {
  const specs = options.specs ?? planScope(settings, options)
  checkDistinct(specs.flatMap(({ ports }) => ports))
  for (const { requires } of specs) {
    if (requires && !existsSync(requires.path)) {
      throw new UserError({ code: requires.code, what: requires.message, fix: requires.fix })
    }
  }
  return { specs, folders: stateFolders(stateDirectory(settings)) }
}

/**
 * Makes sure that every process that the settings ask for runs and is ready. A process that runs with the present
 * settings and code is left alone. Any other starts again, and so does one that uses it; the terminal shows why.
 * Processes in the foreground of another terminal count as running; where one of them has to change, all of them move
 * to the background. Several calls at a time end with one set of processes. A sandbox that ran alone keeps running.
 * `foreground`: `npm start`, under which everything starts again unless it runs in the background already.
 * Throws a UserError that says why it could not be done: START_FAILED, PORT_TAKEN, DAEMON_MISSING. In the background
 * Ctrl-C and SIGTERM stop what this call has started, and throw an Interruption; what ran before goes on.
 */
export async function ensureRunning(
  settings: Settings,
  terminal: Terminal,
  options: RunOptions = {},
  foreground?: Foreground,
): Promise<Running> {
  if (foreground) return ensure(settings, terminal, options, foreground.signal, foreground)
  const ending = new AbortController()
  let received: EndSignal | undefined
  using _ = onInterrupt((signal) => {
    // The terminal is closed: what has started outlives it, and the next start completes it.
    if (signal === 'SIGHUP') return endBySignal(signal)
    received = signal
    terminal.line()
    terminal.line('Stopping what this start has begun. Ctrl-C again ends this command at once.')
    ending.abort(stoppedError())
  })
  const running = await ensure(settings, terminal, options, ending.signal).catch((error: unknown) => {
    if (!received) throw error
  })
  if (received || !running) throw describeInterruptedStart(received, settings, options.scope)
  return running
}

async function ensure(
  settings: Settings,
  terminal: Terminal,
  options: RunOptions,
  signal: AbortSignal,
  foreground?: Foreground,
): Promise<Running> {
  const { readyMs = READY_MS, scope = 'workspace' } = options
  const { specs, folders } = planStart(settings, options)
  const lock = await lockForStart(folders, terminal, signal)
  try {
    signal.throwIfAborted()
    let state = readState(folders, terminal.warn) ?? newState(scope)
    const isInTerminal = isInForeground(state)
    const mode = isInTerminal ? 'foreground' : 'background'
    if (scope === 'sandbox' && runsBeyondSandbox(state)) {
      return { outcome: 'found', mode, scope: 'workspace', processes: state.processes }
    }
    const differences = findDifferences(state, specs)
    const wasAlone = state.scope === 'sandbox'
    // An `npm start` that was killed has left its processes running. The next one takes them over.
    const isLeftOver = state.supervisor !== undefined && !isInTerminal
    const isAsWanted = state.phase === 'running' && state.scope === scope && differences.length === 0
    if (isAsWanted && !(foreground && isLeftOver)) {
      return { outcome: 'found', mode, scope, processes: state.processes }
    }
    sayRestarts(state, specs, differences, terminal)
    if ((foreground && !wasAlone) || isInTerminal) {
      await stopEverything(folders, terminal, { continuesIn: foreground ? 'foreground' : 'background' })
      state = newState(scope)
    }
    const names = specs.map(({ name }) => name)
    const toStart = namesToStart(state, specs)
    const stopping = differences.filter(({ reason }) => reason === 'PROCESS_UNWANTED').map(({ name }) => name)
    const start = (update: (detail: string) => void) =>
      startProcesses(state, { folders, scope, specs, readyMs, terminal, update, signal, foreground })
    const outcome = () => `Running: ${names.join(', ')}`
    const startedAt = new Date()
    const step =
      toStart.size > 0
        ? `Starting ${names.filter((name) => toStart.has(name)).join(', ')}`
        : `Stopping ${stopping.join(', ')}`
    const changesNothing = !foreground && toStart.size === 0 && stopping.length === 0
    const { processes } = await (foreground || changesNothing
      ? start(() => {})
      : terminal.progress(step, start, outcome))
    // Everything ran, and only the state was that of a start or a stop that has not ended.
    if (changesNothing) return { outcome: 'found', mode, scope, processes }
    for (const { what, fix } of findKeptData(stateDirectory(settings), startedAt))
      terminal.warn(`${what} ${fix}`)
    const hasRun = differences.some(({ reason }) => reason !== 'PROCESS_MISSING')
    return {
      outcome: hasRun ? 'restarted' : 'started',
      mode: foreground ? 'foreground' : 'background',
      scope,
      processes,
    }
  } catch (error) {
    // In the foreground the log has been shown already.
    throw error instanceof StartFailure && !foreground ? error.withLog() : error
  } finally {
    lock.release()
  }
}

/** Prints the name of each process that starts again or is stopped, and why. */
function sayRestarts(
  state: WorkspaceState,
  specs: readonly ProcessSpec[],
  differences: readonly Difference[],
  terminal: Terminal,
): void {
  const told = differences
    // A failed start has already reported its crash.
    .filter(({ reason }) => !(reason === 'PROCESS_ENDED' && state.phase === 'failed'))
    .map(({ name, reason }) => ({ reason, text: `${name} (${REASONS[reason].short})` }))
  const users = [...namesToStart(state, specs)]
    .filter((name) => !differences.some((one) => one.name === name))
    .map((name) => `${name} (uses what starts again)`)
  const unwanted = told.filter(({ reason }) => reason === 'PROCESS_UNWANTED').map(({ text }) => text)
  const again = told
    .filter(({ reason }) => reason !== 'PROCESS_UNWANTED' && reason !== 'PROCESS_MISSING')
    .map(({ text }) => text)
  if (unwanted.length > 0) terminal.line(`Stopping: ${unwanted.join(', ')}.`)
  if (again.length + users.length > 0) terminal.line(`Starting again: ${[...again, ...users].join(', ')}.`)
}
