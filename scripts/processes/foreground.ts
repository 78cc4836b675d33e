import { statSync } from 'node:fs'
import { UserError } from '../../contracts/user-error.ts'
import type { Exit, ProcessRecord, WorkspaceState } from '../../contracts/workspace-state.ts'
import type { Settings } from '../../settings/read.ts'
import { type EndSignal, onInterrupt } from '../command-line/interruption.ts'
import { isBackedUp } from '../command-line/output-stream.ts'
import { type Terminal, withoutSpinner } from '../command-line/terminal.ts'
import { identify, isAlive, isSame, sendSignalToGroup } from '../machine/identity.ts'
import type { Lock } from '../machine/lock.ts'
import { poll } from '../machine/poll.ts'
import { ensureRunning, planStart, type RunOptions } from './ensure-running.ts'
import { listLiving } from './living.ts'
import { tryProcessesLock } from './lock.ts'
import { FOLLOW_MS, FollowedFile, LogFollower, linePrinter } from './log-files.ts'
import type { Child } from './spawn.ts'
import type { Foreground } from './start.ts'
import { describeExit, stoppedError } from './start-failure.ts'
import { readState, type StateFolders, writeState } from './state.ts'
import { stopEverything } from './stop.ts'

/** How often a process that is no child of this command is looked for (ms). A child reports its end itself. */
const ADOPTED_MS = 1000

const INTERRUPTED = 130 // 128 + SIGINT, as shells have it

/**
 * Runs every process that the settings ask for, shows their logs, and stops them in order when it is asked to end: by
 * Ctrl-C, SIGTERM or the closing of the terminal. A second Ctrl-C kills everything and exits with 130. Where they run
 * already, it says so and returns; where they run with other settings or code, it starts them again.
 * Throws a UserError where they cannot be started.
 */
export async function runForeground(
  settings: Settings,
  terminal: Terminal,
  options: RunOptions = {},
): Promise<void> {
  const { specs, folders } = planStart(settings, options)
  // The lines of the logs would break a spinner's line.
  const plain = withoutSpinner(terminal)
  const names = specs.map(({ name }) => name)
  const logs = new LogFollower(linePrinter(terminal, names))
  const following = setInterval(() => !isBackedUp(process.stdout) && logs.show(), FOLLOW_MS)
  const supervisor = new Supervisor(folders, plain, logs)
  using _ = onSignals(supervisor, terminal)
  try {
    const { outcome, mode, processes } = await ensureRunning(
      settings,
      plain,
      { ...options, specs },
      supervisor,
    )
    if (outcome === 'found') {
      const { pid } = readState(folders)?.supervisor ?? {}
      const where = mode === 'foreground' ? `in another terminal (pid ${pid})` : 'in the background'
      terminal.done(`Running already, ${where}`)
    } else {
      terminal.heading('Everything runs. Ctrl-C stops it.')
    }
    for (const { name, url } of processes) if (url) terminal.line(`  ${name}: ${url}`)
    if (outcome === 'found') terminal.line('  npm run logs follows them, npm stop ends them.')
    else await supervisor.untilStopped()
  } catch (error) {
    if (!(error instanceof UserError && error.code === 'START_STOPPED')) throw error
    supervisor.showStopped()
  } finally {
    clearInterval(following)
    logs.close()
  }
}

/** `npm start` while its processes run: notices when they end, and stops them. */
class Supervisor implements Foreground {
  readonly identity = identify(process.pid)
  readonly #folders: StateFolders
  readonly #terminal: Terminal
  readonly #logs: LogFollower
  readonly #children = new Map<string, Child>()
  readonly #living = new Set<string>()
  readonly #interrupt = new AbortController()
  readonly #stopped = Promise.withResolvers<void>()
  #isRunning = false

  constructor(folders: StateFolders, terminal: Terminal, logs: LogFollower) {
    this.#folders = folders
    this.#terminal = terminal
    this.#logs = logs
  }

  get signal(): AbortSignal {
    return this.#interrupt.signal
  }

  watch(name: string, child: Child): void {
    this.#logs.add(name, new FollowedFile(child.log.path, child.log.offset))
    this.#children.set(name, child)
    this.#living.add(name)
    void child.exited.then((exit) => this.#reportExit(name, exit))
  }

  adopt({ name, identity, log }: ProcessRecord): void {
    this.#logs.add(name, new FollowedFile(log, statSync(log, { throwIfNoEntry: false })?.size))
    this.#living.add(name)
    const timer = setInterval(() => {
      if (isAlive(identity)) return
      clearInterval(timer)
      void this.#reportExit(name)
    }, ADOPTED_MS)
    timer.unref()
  }

  /** Waits for `stop`, or until another command has stopped the processes. Keeps waiting when all of them have crashed. */
  async untilStopped(): Promise<void> {
    this.#isRunning = true
    if (this.#interrupt.signal.aborted) void this.stop()
    const timer = setInterval(() => {}, 60_000)
    await this.#stopped.promise.finally(() => clearInterval(timer))
  }

  /** Stops every process in the reverse order of starting; a start that is under way ends instead. */
  async stop(): Promise<void> {
    this.#interrupt.abort(stoppedError())
    if (!this.#isRunning) return
    await this.#withLock(async () => {
      const state = readState(this.#folders)
      if (this.#isOurs(state)) await stopEverything(this.#folders, this.#terminal)
    }).then(this.#stopped.resolve, this.#stopped.reject)
  }

  /** Says what a start that was ended has stopped, and what still runs. */
  showStopped(): void {
    const stopped = [...this.#children.keys()].reverse()
    const text = stopped.length > 0 ? `Stopped: ${stopped.join(', ')}` : 'Nothing was started.'
    this.#terminal.done(text)
    const rest = listLiving(this.#folders, readStateOrNone(this.#folders)).map(({ name }) => name)
    if (rest.length > 0) this.#terminal.line(`  Still running: ${rest.join(', ')}; npm stop ends what runs.`)
  }

  /** Where another command has ended the processes, and ends this one with SIGTERM: what goes on without it. */
  describeEnd(signal: EndSignal): string | undefined {
    const state = signal === 'SIGTERM' ? readStateOrNone(this.#folders) : undefined
    return state?.phase === 'stopping' ? ENDS[state.continuesIn ?? 'nowhere'] : undefined
  }

  /** Kills every process that this command has started, with their own child processes, at once. */
  kill(): void {
    const state = readState(this.#folders)
    // Before the first start, and after another command has taken over, the workspace's processes are that command's.
    if (this.#children.size === 0 || !this.#isOurs(state)) return
    for (const { identity } of listLiving(this.#folders, state)) sendSignalToGroup(identity, 'SIGKILL')
  }

  #isOurs(state: WorkspaceState | undefined): boolean {
    return !state || isSame(state.supervisor, this.identity)
  }

  /** `exit` is unknown of a process that is no child of this command. */
  async #reportExit(name: string, exit?: Exit): Promise<void> {
    try {
      await this.#noteExit(name, exit)
    } catch (error) {
      const how = exit ? ` (${describeExit(exit)})` : ''
      this.#terminal.fail(`${name} has ended${how}. ${(error as Error).message}`, 'npm run status')
    }
  }

  async #noteExit(name: string, exit: Exit | undefined): Promise<void> {
    this.#living.delete(name)
    if (!this.#isRunning || this.#interrupt.signal.aborted) return
    const state = readState(this.#folders)
    // Another command stops the processes, and sends SIGTERM to this one after them.
    if (state?.phase === 'stopping') return
    if (!isSame(state?.supervisor, this.identity)) {
      if (this.#living.size === 0) this.#stopped.resolve()
      return
    }
    const log = state?.processes.find((one) => one.name === name)?.log
    this.#terminal.fail(
      `${name} has crashed${exit ? `: ${describeExit(exit)}` : ''}. The others go on.`,
      `Its log is ${log}; Ctrl-C, then npm start, starts it again.`,
    )
    if (exit) await this.#withLock(async () => this.#recordExit(name, exit))
  }

  /** For `npm run status`, which is not the parent and so cannot know how the process ended. */
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

/** What has happened to the processes of an `npm start` that another command has ended. */
const ENDS = {
  nowhere: 'Another command has stopped everything, and ends this npm start.',
  background:
    'Another command starts everything again in the background, and ends this npm start. npm run logs follows the processes, npm stop ends them.',
  foreground: 'Another npm start runs the processes from now on, and ends this one.',
} as const

function readStateOrNone(folders: StateFolders): WorkspaceState | undefined {
  try {
    return readState(folders)
  } catch {
    return undefined
  }
}

function onSignals(supervisor: Supervisor, terminal: Terminal): Disposable {
  return onInterrupt(
    (signal) => {
      const end = supervisor.describeEnd(signal) ?? 'Stopping. Ctrl-C again kills everything at once.'
      terminal.line()
      terminal.line(end)
      void supervisor.stop()
    },
    (signal) => {
      if (signal !== 'SIGINT') return
      supervisor.kill()
      process.exit(INTERRUPTED)
    },
  )
}
