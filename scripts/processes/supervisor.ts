import { setTimeout as sleep } from 'node:timers/promises'
import type { Terminal } from '../command-line/terminal.ts'
import { isAlive } from '../machine/identity.ts'
import { type Lock, takeLock } from '../machine/lock.ts'
import { type Child, SpawnError, spawnChild } from './child.ts'
import { describeExit } from './exit-words.ts'
import { describeFailure, StartFailure } from './failure.ts'
import type { Handover } from './handover.ts'
import { findMarked } from './marker.ts'
import { newState } from './new-state.ts'
import { checkPorts } from './ports.ts'
import { waitUntilReady } from './readiness.ts'
import { requireFile } from './requirement.ts'
import type { ProcessSpec } from './spec.ts'
import {
  type ExitState,
  type ProcessState,
  readState,
  type StateFolders,
  type SupervisorState,
  stateFolders,
  writeState,
} from './state-file.ts'
import { findOrphans, terminate, terminateOrphans } from './terminate.ts'

/** What a supervisor says: on the terminal in the foreground, in its log in the background. */
export type Report = Pick<Terminal, 'done' | 'warn' | 'fail'>

/** How soon a supervisor notices that its folder is gone. */
const LOCK_CHECK_MS = 2_000

/** busy: another supervisor has the lock, and nothing was done. stopped: asked to stop before all was ready. */
export type StartOutcome = 'running' | 'stopped' | 'busy'

/** Owns the processes of one workspace: starts them stage by stage, notices how they end, stops them in order. */
export class Supervisor {
  readonly #handover: Handover
  readonly #report: Report
  readonly #folders: StateFolders
  readonly #state: SupervisorState
  readonly #children: Child[] = []
  readonly #stopping = new AbortController()
  /** Rejected by the first process that ends while others are still being started. */
  readonly #failed = Promise.withResolvers<never>()
  #lock: Lock | undefined
  #stopped: Promise<void> | undefined

  constructor(handover: Handover, report: Report) {
    this.#handover = handover
    this.#report = report
    this.#folders = stateFolders(handover.directory)
    this.#state = newState(handover, this.#folders)
    this.#failed.promise.catch(() => {}) // It may fail when nobody waits for it.
  }

  get children(): readonly Child[] {
    return this.#children
  }

  get processes(): readonly ProcessState[] {
    return this.#state.processes
  }

  /**
   * Starts everything, each stage when the one before is ready. Where one does not get ready, all that was started is
   * stopped again and the error thrown tells why; the state file keeps it too, for whoever waits elsewhere.
   */
  async start(): Promise<StartOutcome> {
    this.#lock = takeLock(this.#folders.run, 'supervise')
    if (!this.#lock) return 'busy'
    try {
      await this.#clearAway()
      this.#write()
      await this.#check()
      for (const stage of this.#stages()) await this.#startStage(stage)
      this.#stopping.signal.throwIfAborted()
    } catch (error) {
      if (this.#stopping.signal.aborted) {
        await this.stop()
        return 'stopped'
      }
      this.#state.failure = describeFailure(error)
      await this.stop()
      throw error
    }
    this.#state.phase = 'running'
    this.#write()
    return 'running'
  }

  /** Stops every process in the reverse order of starting, each when the one before has ended. Safe to call again. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stopInOrder().then(() => this.#finish())
    return this.#stopped
  }

  /** Kills every process and what it has started, at once. */
  kill(): void {
    this.#stopping.abort()
    for (const child of this.#children) child.killGroup()
    this.#finish()
  }

  /** A supervisor that was killed has left its processes behind, and its state. */
  async #clearAway(): Promise<void> {
    const state = readState(this.#folders, (text) => this.#report.warn(text))
    await terminateOrphans(findOrphans(this.#folders, state), this.#handover.stopMs, ({ name, identity }) =>
      this.#report.warn(
        `${name} (pid ${identity.pid}) was left over by an earlier supervisor and is stopped.`,
      ),
    )
  }

  async #check(): Promise<void> {
    for (const { requires } of this.#handover.specs) requireFile(requires)
    await checkPorts(this.#handover.specs)
  }

  #stages(): ProcessSpec[][] {
    const stages = Map.groupBy(this.#handover.specs, ({ stage }) => stage)
    return [...stages].sort(([a], [b]) => a - b).map(([, specs]) => specs)
  }

  async #startStage(specs: readonly ProcessSpec[]): Promise<void> {
    const ready: Promise<void>[] = []
    for (const spec of specs) {
      this.#stopping.signal.throwIfAborted()
      const waiting = this.#awaitReady(await this.#spawn(spec))
      waiting.catch(() => {}) // Heard below, unless the next one cannot even be spawned.
      ready.push(waiting)
    }
    await Promise.race([Promise.all(ready), this.#failed.promise])
  }

  async #spawn(spec: ProcessSpec): Promise<Child> {
    const position = this.#handover.specs.indexOf(spec)
    const entry = this.#entry(spec.name)
    try {
      const child = await spawnChild(spec, { folders: this.#folders, run: this.#state.run, position })
      this.#children.push(child)
      entry.identity = child.identity
      entry.state = 'starting'
      entry.startedAt = new Date().toISOString()
      this.#write()
      void child.exited.then((exit) => this.#noteExit(child, exit))
      return child
    } catch (error) {
      if (error instanceof SpawnError) throw new StartFailure(spec.name, error.message, error.log)
      throw error
    }
  }

  async #awaitReady({ spec, identity, log }: Child): Promise<void> {
    const startedAt = performance.now()
    const { readyMs } = this.#handover
    const isReady = await waitUntilReady(spec.ready, identity.pid, {
      deadlineMs: readyMs,
      signal: this.#stopping.signal,
    })
    const entry = this.#entry(spec.name)
    if (!isReady) {
      const reason = `it does not answer after ${(readyMs / 1000).toFixed(readyMs < 1000 ? 1 : 0)} s`
      throw new StartFailure(spec.name, reason, log.path)
    }
    if (entry.state !== 'starting') return
    entry.state = 'ready'
    this.#write()
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1)
    this.#report.done(`${spec.name} is ready (pid ${identity.pid}, ${seconds} s)`)
  }

  #noteExit({ spec, log }: Child, exit: ExitState): void {
    const entry = this.#entry(spec.name)
    entry.exit = exit
    if (this.#stopping.signal.aborted) {
      entry.state = 'stopped'
      this.#write()
      return
    }
    entry.state = 'crashed'
    this.#write()
    if (this.#state.phase === 'starting') {
      this.#failed.reject(new StartFailure(spec.name, `it ended with ${describeExit(exit)}`, log.path))
    } else {
      this.#report.fail(
        `${spec.name} has crashed: ${describeExit(exit)}. The others go on.`,
        `Its log is ${log.path}; ${this.#handover.mode === 'foreground' ? 'Ctrl-C, then npm start, starts' : 'npm run setup starts'} it again.`,
      )
    }
  }

  async #stopInOrder(): Promise<void> {
    this.#stopping.abort()
    this.#state.phase = 'stopping'
    this.#write()
    for (const child of this.#inReverse()) await this.#stopChild(child)
    await this.#sweep()
  }

  /** What processes have started themselves and left behind. Without the lock it would be another supervisor's. */
  async #sweep(): Promise<void> {
    if (!this.#lock) return
    for (const { identity } of findMarked(this.#folders.state)) {
      await terminate(identity, this.#handover.stopMs)
    }
  }

  #inReverse(): Child[] {
    const { specs } = this.#handover
    return this.#children.toSorted((a, b) => specs.indexOf(b.spec) - specs.indexOf(a.spec))
  }

  async #stopChild({ spec, identity, exited }: Child): Promise<void> {
    const entry = this.#entry(spec.name)
    if (entry.exit) return
    const { stopMs } = this.#handover
    const termination = await terminate(identity, stopMs)
    if (termination === 'killed') {
      entry.killed = true
      this.#report.warn(`${spec.name} did not end within ${stopMs / 1000} s and was killed.`)
    } else {
      this.#report.done(`${spec.name} has ended`)
    }
    if (!isAlive(identity)) await exited
  }

  #finish(): void {
    if (!this.#lock) return
    this.#state.phase = this.#state.failure ? 'failed' : 'stopped'
    this.#write()
    this.#lock.release()
    this.#lock = undefined
  }

  #entry(name: string): ProcessState {
    const entry = this.#state.processes.find((one) => one.name === name)
    if (!entry) throw new Error(`${name} is not one of the processes.`)
    return entry
  }

  /** Resolves when the lock is no longer this supervisor's: its folder was deleted, say. Then nobody can find it. */
  async lostLock(): Promise<void> {
    while (this.#lock?.isHeld()) await sleep(LOCK_CHECK_MS, undefined, { ref: false })
  }

  /** Never without the lock: the file is another supervisor's then. A disk that is full is no reason to die. */
  #write(): void {
    if (!this.#lock?.isHeld()) return
    try {
      writeState(this.#folders, this.#state)
    } catch (error) {
      this.#report.warn(`What runs cannot be written down: ${(error as Error).message}`)
    }
  }
}
