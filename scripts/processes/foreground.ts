import { UserError } from '../../contracts/user-error.ts'
import type { Exit, WorkspaceState } from '../../contracts/workspace-state.ts'
import type { Settings } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { identify, isSame, sendSignalToGroup } from '../machine/identity.ts'
import type { Lock } from '../machine/lock.ts'
import { poll } from '../machine/poll.ts'
import { findDifferences } from './differences.ts'
import { planStart, type RunOptions, sayRestarts } from './ensure-running.ts'
import { listLiving } from './living.ts'
import { lockForStart, tryProcessesLock } from './lock.ts'
import { followProcesses } from './log-follow.ts'
import type { Child } from './spawn.ts'
import { startProcesses } from './start.ts'
import { describeExit, StartFailure } from './start-failure.ts'
import { isInForeground, newState, readState, type StateFolders, writeState } from './state.ts'
import { stopEverything } from './stop.ts'

/**
 * One Ctrl-C may arrive several times: from the terminal, and forwarded by npm. What comes within this time (ms) of
 * the first is the same keystroke.
 */
const SAME_KEYSTROKE_MS = 500

const INTERRUPTED = 130 // 128 + SIGINT, as shells have it

/**
 * Runs every process that the settings ask for, shows what they write, and stops them in order when it is asked to
 * end: by Ctrl-C, SIGTERM or the closing of the terminal. A second Ctrl-C kills everything and exits with 130. Where
 * they run already, it says so and returns; where they run with other settings or code, it starts them again.
 * Throws a UserError where they cannot be started.
 */
export async function runForeground(
  settings: Settings,
  terminal: Terminal,
  options: RunOptions = {},
): Promise<void> {
  const { specs, readyMs, stopMs, folders } = planStart(settings, options)
  const supervisor = new Supervisor(folders, withoutSpinner(terminal))
  const width = Math.max(...specs.map(({ name }) => name.length))
  const endFollowing = followProcesses(() => supervisor.logs, width, terminal)
  onSignals(supervisor, terminal)
  try {
    const lock = await lockForStart(folders, terminal)
    try {
      const state = readState(folders, (text) => terminal.warn(text))
      const differences = findDifferences(state, specs)
      // A supervisor that was killed has left them running: they start again under this one.
      const isLeftOver = state?.supervisor !== undefined && !isInForeground(state)
      if (state?.phase === 'running' && differences.length === 0 && !isLeftOver) {
        return sayRunning(state, terminal)
      }
      if (state) sayRestarts(state, specs, differences, terminal)
      await stopEverything(folders, terminal)
      await startProcesses(newState(stopMs), {
        folders,
        specs,
        readyMs,
        supervisor: supervisor.identity,
        signal: supervisor.signal,
        onStarted: (name, child) => supervisor.watch(name, child),
        onReady: (name, pid, ms) =>
          terminal.done(`${name} is ready (pid ${pid}, ${(ms / 1000).toFixed(1)} s)`),
        warn: (text) => terminal.warn(text),
      })
    } finally {
      lock.release()
    }
    terminal.heading('Everything runs. Ctrl-C stops it.')
    for (const { name, url } of specs) if (url) terminal.line(`  ${name}: ${url}`)
    await supervisor.untilStopped()
  } catch (error) {
    if (error instanceof UserError && error.code === 'START_STOPPED') return
    throw error instanceof StartFailure ? error.toUserError({ withLog: false }) : error
  } finally {
    endFollowing()
  }
}

function sayRunning({ supervisor, processes }: WorkspaceState, terminal: Terminal): void {
  const where = supervisor ? `in another terminal (pid ${supervisor.pid})` : 'in the background'
  terminal.done(`Running already, ${where}`)
  for (const { name, url } of processes) if (url) terminal.line(`  ${name}: ${url}`)
  terminal.line('  npm run logs follows them, npm stop ends them.')
}

/** `npm start` while its processes run: notices how they end, and stops them. */
class Supervisor {
  readonly identity = identify(process.pid)
  readonly #folders: StateFolders
  readonly #terminal: Terminal
  readonly #children = new Map<string, Child>()
  readonly #living = new Set<string>()
  readonly #interrupt = new AbortController()
  readonly #stopped = Promise.withResolvers<void>()
  #isRunning = false

  constructor(folders: StateFolders, terminal: Terminal) {
    this.#folders = folders
    this.#terminal = terminal
  }

  get signal(): AbortSignal {
    return this.#interrupt.signal
  }

  get logs() {
    return [...this.#children].map(([name, { log }]) => ({ name, log }))
  }

  watch(name: string, child: Child): void {
    this.#children.set(name, child)
    this.#living.add(name)
    void child.exited.then((exit) => this.#noteExit(name, exit))
  }

  /** Waits for `stop`, or for another command that has stopped the processes; also when all of them have crashed. */
  async untilStopped(): Promise<void> {
    this.#isRunning = true
    if (this.#interrupt.signal.aborted) void this.stop()
    const timer = setInterval(() => {}, 60_000)
    await this.#stopped.promise.finally(() => clearInterval(timer))
  }

  /** Stops every process in the reverse order of starting; a start that is under way ends instead. */
  async stop(): Promise<void> {
    this.#interrupt.abort()
    if (!this.#isRunning) return
    const isOurs = (state = readState(this.#folders)) => !state || isSame(state.supervisor, this.identity)
    await this.#withLock(async () => {
      if (isOurs()) await stopEverything(this.#folders, this.#terminal)
    }).then(this.#stopped.resolve, this.#stopped.reject)
  }

  /** Kills every process and what it has started, at once. */
  kill(): void {
    for (const { identity } of listLiving(this.#folders, readState(this.#folders))) {
      sendSignalToGroup(identity, 'SIGKILL')
    }
  }

  async #noteExit(name: string, exit: Exit): Promise<void> {
    this.#living.delete(name)
    if (!this.#isRunning || this.#interrupt.signal.aborted) return
    const state = readState(this.#folders)
    // Another command stops the processes, and sends SIGTERM here when they have ended.
    if (state?.phase === 'stopping') return
    if (!isSame(state?.supervisor, this.identity)) {
      if (this.#living.size === 0) this.#stopped.resolve()
      return
    }
    const { log } = this.#children.get(name) ?? {}
    this.#terminal.fail(
      `${name} has crashed: ${describeExit(exit)}. The others go on.`,
      `Its log is ${log?.path}; Ctrl-C, then npm start, starts it again.`,
    )
    await this.#withLock(async () => this.#recordExit(name, exit))
  }

  /** For `npm run status`, which is no parent and cannot know how it ended. */
  #recordExit(name: string, exit: Exit): void {
    const state = readState(this.#folders)
    const record = state?.processes.find((one) => isSame(one.identity, this.#children.get(name)?.identity))
    if (!state || !record || !isSame(state.supervisor, this.identity)) return
    record.exit = exit
    try {
      writeState(this.#folders, state)
    } catch (error) {
      this.#terminal.warn(`The end of ${name} cannot be written down: ${(error as Error).message}`)
    }
  }

  /** Waits for the lock, or until another command has stopped everything. */
  async #withLock(work: () => Promise<void>): Promise<void> {
    const lock = await poll<Lock | 'ended'>(
      () => tryProcessesLock(this.#folders) ?? (this.#living.size === 0 ? 'ended' : undefined),
      { deadlineMs: Number.POSITIVE_INFINITY },
    ).catch(() => undefined) // The folder was deleted, or the disk is full: without a lock then.
    if (lock === 'ended') return
    try {
      await work()
    } finally {
      lock?.release()
    }
  }
}

function onSignals(supervisor: Supervisor, terminal: Terminal): void {
  let firstAt: number | undefined
  const stop = () => {
    if (firstAt === undefined) {
      firstAt = performance.now()
      terminal.line('\nStopping. Ctrl-C again kills everything at once.')
      void supervisor.stop()
    }
  }
  const interrupt = () => {
    if (firstAt === undefined || performance.now() - firstAt < SAME_KEYSTROKE_MS) return stop()
    supervisor.kill()
    process.exit(INTERRUPTED)
  }
  // Writing to a terminal that has closed fails; the processes are stopped in order all the same.
  const ignore = () => {}
  process.on('SIGINT', interrupt).on('SIGTERM', stop).on('SIGHUP', stop)
  process.stdout.on('error', ignore)
  process.stderr.on('error', ignore)
}

/** A moving line would be torn apart by the lines of the logs. */
function withoutSpinner(terminal: Terminal): Terminal {
  return {
    ...terminal,
    progress: async (title, work, outcome = () => title) => {
      terminal.line(`… ${title}`)
      const result = await work(() => {})
      const told = outcome(result)
      terminal.done(typeof told === 'string' ? told : told.text)
      return result
    },
  }
}
