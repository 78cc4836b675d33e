import { UserError } from '../../contracts/user-error.ts'
import type { Identity, ProcessRecord, Scope, WorkspaceState } from '../../contracts/workspace-state.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { isAlive } from '../machine/identity.ts'
import { poll } from '../machine/poll.ts'
import { hashCode } from './code-hash.ts'
import { namesToStart } from './differences.ts'
import { endProcesses, listLiving, STOP_MS } from './living.ts'
import { isStopRequested } from './lock.ts'
import { describePort } from './port-text.ts'
import { checkPorts } from './ports.ts'
import { isReady } from './readiness.ts'
import { type Child, spawnProcess } from './spawn.ts'
import type { ProcessSpec } from './spec.ts'
import { describeExit, describeFailure, StartFailure, stoppedError } from './start-failure.ts'
import { hashSettings, removeState, type StateFolders, writeState } from './state.ts'

/** How soon a start notices that `npm stop` wants it to end (ms). */
const STOP_CHECK_MS = 100

/** `npm start`, which runs as long as the processes that it has started. */
export interface Foreground {
  readonly identity: Identity | undefined
  /** Aborted when the person ends `npm start`. */
  readonly signal: AbortSignal
  watch(name: string, child: Child): void
  /** Follows a process that ran already, and is not this command's child: a sandbox that ran alone. */
  adopt(record: ProcessRecord): void
}

export interface StartOptions {
  readonly folders: StateFolders
  readonly scope: Scope
  readonly specs: readonly ProcessSpec[]
  /** How long a process may take to be ready (ms). */
  readonly readyMs: number
  readonly terminal: Terminal
  /** Called with what the start waits for; '' for nothing. */
  readonly update: (detail: string) => void
  /** Ends the start, which stops what it has started. */
  readonly signal: AbortSignal
  /** Absent where the processes run in the background. */
  readonly foreground?: Foreground | undefined
}

/**
 * Starts what does not run as wanted, stage by stage, and first stops what has to be stopped for it. A process that is
 * ready and runs with the same settings and code is left alone, also where a killed command started it. Where a process
 * does not become ready, all that this call started is stopped again, what ran before stays, and the error says why.
 * Only for the holder of the processes' lock.
 */
export async function startProcesses(before: WorkspaceState, options: StartOptions): Promise<WorkspaceState> {
  const { failure: _, ...kept } = before
  const { scope, foreground } = options
  const state: WorkspaceState = { ...kept, scope, phase: 'starting', supervisor: foreground?.identity }
  await new Start(state, before.scope, options).run(namesToStart(before, options.specs))
  return state
}

class Start {
  readonly #state: WorkspaceState
  readonly #scopeBefore: Scope
  readonly #options: StartOptions
  readonly #started: ProcessRecord[] = []
  /** Aborted with the reason for which nothing more is started. */
  readonly #end = new AbortController()

  constructor(state: WorkspaceState, scopeBefore: Scope, options: StartOptions) {
    this.#state = state
    this.#scopeBefore = scopeBefore
    this.#options = options
  }

  async run(toStart: ReadonlySet<string>): Promise<void> {
    const { folders, signal, foreground } = this.#options
    const stop = () => this.#end.abort(stoppedError())
    const timer = setInterval(() => isStopRequested(folders) && stop(), STOP_CHECK_MS)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop)
    try {
      const specs = await this.#makeRoom(toStart)
      for (const record of this.#state.processes) foreground?.adopt(record)
      const stages = [...Map.groupBy(specs, ({ stage }) => stage)].sort(([a], [b]) => a - b)
      for (const [, stage] of stages) await this.#startStage(stage)
      this.#end.signal.throwIfAborted()
      this.#state.phase = 'running'
      this.#write()
    } catch (error) {
      const reason = this.#end.signal.aborted ? this.#end.signal.reason : error
      await this.#undo(reason)
      throw reason
    } finally {
      clearInterval(timer)
      signal.removeEventListener('abort', stop)
    }
  }

  /** Stops what has to start again, what is not wanted, and leftovers. Returns what has to start. */
  async #makeRoom(toStart: ReadonlySet<string>): Promise<ProcessSpec[]> {
    const { folders, specs, terminal } = this.#options
    const state = this.#state
    const isKept = (name: string) => specs.some((spec) => spec.name === name) && !toStart.has(name)
    const running = state.processes.filter(({ identity }) => isAlive(identity))
    const leftOver = listLiving(folders, state).filter(
      (one) => !running.some(({ name }) => name === one.name),
    )
    await endProcesses(leftOver, STOP_MS, ({ name, identity }) => {
      terminal.warn(`${name} (pid ${identity.pid}) was left over by an earlier command and is stopped.`)
    })
    // First without the ports of our own processes: what cannot start is no reason to stop what runs.
    const held = new Set(running.flatMap(({ ports }) => ports).map(describePort))
    const ports = specs.flatMap((spec) => spec.ports)
    await checkPorts(
      ports.filter((port) => !held.has(describePort(port))),
      folders.state,
    )
    this.#end.signal.throwIfAborted()
    // Written first, so that what is stopped here does not count as crashed where this command is killed.
    for (const record of state.processes) if (!isKept(record.name)) record.state = 'stopped'
    this.#write()
    const ending = listLiving(folders, state).filter(({ name }) => !isKept(name))
    await endProcesses(ending)
    state.processes = state.processes.filter(({ name }) => isKept(name))
    this.#end.signal.throwIfAborted()
    const starting = specs.filter(({ name }) => toStart.has(name))
    await checkPorts(
      starting.flatMap((spec) => spec.ports),
      folders.state,
    )
    return starting
  }

  async #startStage(specs: readonly ProcessSpec[]): Promise<void> {
    const ready: Promise<void>[] = []
    try {
      for (const spec of specs) {
        this.#end.signal.throwIfAborted()
        const record = await this.#spawn(spec)
        ready.push(this.#awaitReady(spec, record))
      }
      await Promise.all(ready)
    } catch (error) {
      this.#end.abort(error)
      await Promise.allSettled(ready)
      throw error
    }
  }

  async #spawn(spec: ProcessSpec): Promise<ProcessRecord> {
    const { folders, specs, foreground } = this.#options
    const codeHash = hashCode(spec.cwd, spec.sources)
    const child = await spawnProcess(spec, { folders, position: specs.indexOf(spec) })
    const record: ProcessRecord = {
      name: spec.name,
      state: 'starting',
      identity: child.identity,
      startedAt: new Date().toISOString(),
      settingsHash: hashSettings(spec, this.#state.key),
      codeHash,
      ports: [...spec.ports],
      url: spec.url,
      log: child.log.path,
    }
    this.#started.push(record)
    const order = ({ name }: ProcessRecord) => specs.findIndex((one) => one.name === name)
    this.#state.processes = [...this.#state.processes, record].sort((a, b) => order(a) - order(b))
    this.#write()
    foreground?.watch(spec.name, child)
    void child.exited.then((exit) => {
      if (this.#state.phase !== 'starting' || this.#end.signal.aborted) return
      record.exit = exit
      this.#end.abort(new StartFailure(spec.name, `it ended with ${describeExit(exit)}`, record.log))
    })
    return record
  }

  async #awaitReady({ name, ready }: ProcessSpec, record: ProcessRecord): Promise<void> {
    const { readyMs, terminal, foreground } = this.#options
    const startedAt = performance.now()
    const { pid } = record.identity
    const { signal } = this.#end
    const ask = async () => (await isReady(ready, pid, signal)) || undefined
    if (!(await poll(ask, { deadlineMs: readyMs, signal }))) {
      const seconds = (readyMs / 1000).toFixed(readyMs < 1000 ? 1 : 0)
      throw new StartFailure(name, `it does not answer after ${seconds} s`, record.log)
    }
    record.state = 'ready'
    this.#write()
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    if (foreground) terminal.done(`${name} is ready (pid ${pid}, ${seconds} s)`)
  }

  /**
   * Ends what was started, in the reverse order. It is written down first, so that a process that still ends is not
   * taken for a running one where this command is killed.
   */
  async #undo(error: unknown): Promise<void> {
    const { folders } = this.#options
    const state = this.#state
    const isStopped = error instanceof UserError && error.code === 'START_STOPPED'
    state.phase = isStopped ? 'stopping' : 'failed'
    if (!isStopped) state.failure = describeFailure(error)
    // A process that has ended by itself stays `starting`, which makes it a crashed one.
    for (const record of this.#started) if (isAlive(record.identity)) record.state = 'stopped'
    try {
      this.#write()
    } catch {
      // The error of the start counts more than one of a full disk.
    }
    const names = this.#started.map(({ name }) => name)
    const ending = listLiving(folders, state).filter(({ name }) => names.includes(name))
    await endProcesses(ending)
    if (isStopped) this.#keepRest(names)
  }

  /** After an interrupted start: what ran before it runs on, as it did before. */
  #keepRest(ended: readonly string[]): void {
    const state = this.#state
    state.processes = state.processes.filter(({ name }) => !ended.includes(name))
    if (state.processes.length === 0) {
      removeState(this.#options.folders)
      return
    }
    state.scope = this.#scopeBefore
    state.phase = 'running'
    state.supervisor = undefined
    this.#write()
  }

  #write(): void {
    const { folders, update } = this.#options
    writeState(folders, this.#state)
    const waiting = this.#state.processes.flatMap(({ name, state }) => (state === 'starting' ? [name] : []))
    update(waiting.length > 0 ? `waiting for ${waiting.join(', ')}` : '')
  }
}
