import { UserError } from '../../contracts/user-error.ts'
import type { Exit, Identity, ProcessRecord, WorkspaceState } from '../../contracts/workspace-state.ts'
import { isAlive } from '../machine/identity.ts'
import { hashCode } from './code-hash.ts'
import { findDifferences } from './differences.ts'
import { endProcesses, type Living, listLiving } from './living.ts'
import { isStopRequested } from './lock.ts'
import { checkPorts } from './ports.ts'
import { waitUntilReady } from './readiness.ts'
import { type Child, spawnProcess } from './spawn.ts'
import type { ProcessSpec } from './spec.ts'
import { describeExit, describeFailure, StartFailure } from './start-failure.ts'
import { hashSettings, type StateFolders, writeState } from './state.ts'

/** How soon a start notices that `npm stop` wants it to end (ms). */
const STOP_CHECK_MS = 100

export interface StartOptions {
  readonly folders: StateFolders
  readonly specs: readonly ProcessSpec[]
  /** How long a process may take to be ready (ms). */
  readonly readyMs: number
  /** `npm start`'s own process; without it the processes run in the background. */
  readonly supervisor?: Identity | undefined
  /** Ends the start, which stops what it has started. */
  readonly signal?: AbortSignal
  /** What is being waited for, '' for nothing. */
  readonly update?: (detail: string) => void
  readonly onStarted?: (name: string, child: Child) => void
  readonly onReady?: (name: string, pid: number, ms: number) => void
  readonly warn: (text: string) => void
}

/**
 * Starts what does not run as wanted, stage by stage, and first stops what has to be stopped for it. A process that
 * runs with the same settings and code is left alone, also one that a killed command started. Where one does not become
 * ready, all that this call started is stopped again, what ran before stays, and the error says why.
 * Only for the holder of the processes' lock.
 */
export async function startProcesses(before: WorkspaceState, options: StartOptions): Promise<WorkspaceState> {
  const { folders, specs } = options
  const restarting = namesToStart(before, specs)
  const toStart = specs.filter(({ name }) => restarting.has(name))
  const { failure: _, supervisor: __, ...kept } = before
  const state: WorkspaceState = { ...kept, phase: 'starting', supervisor: options.supervisor }
  const isLiving = ({ identity }: Living) => isAlive(identity)
  const living = new Set(before.processes.filter(isLiving).map(({ name }) => name))
  const leftOver = listLiving(folders, before).filter(({ name }) => !living.has(name))
  await endProcesses(leftOver, state.stopMs, ({ name, identity }) => {
    options.warn(`${name} (pid ${identity.pid}) was left over by an earlier command and is stopped.`)
  })
  // What cannot start is no reason to stop what runs.
  await checkPorts(specs.map((spec) => withoutPortsOf(spec, before.processes.filter(isLiving))))
  const isKept = (name: string) => specs.some((spec) => spec.name === name) && !restarting.has(name)
  // Written first, so that what is stopped here does not count as crashed where this command is killed.
  state.processes = before.processes.map((one) => (isKept(one.name) ? one : { ...one, state: 'stopped' }))
  writeState(folders, state)
  const ending = listLiving(folders, before).filter(({ name }) => !isKept(name))
  await endProcesses(ending, state.stopMs, () => {})
  state.processes = state.processes.filter(({ name }) => isKept(name))
  await checkPorts(toStart)
  const run = new StartRun(state, options, restarting)
  await run.start()
  return state
}

/** Those that do not run as wanted, and those that use one that is stopped for it. */
export function namesToStart(state: WorkspaceState, specs: readonly ProcessSpec[]): Set<string> {
  const differences = findDifferences(state, specs)
  const isWanted = (name: string) => specs.some((spec) => spec.name === name)
  const ending = new Set(differences.map(({ name }) => name))
  const isLiving = (name: string) => state.processes.some((one) => one.name === name && isAlive(one.identity))
  for (const { name, uses } of specs) {
    if (uses.some((used) => ending.has(used) && isLiving(used))) ending.add(name)
  }
  return new Set([...ending].filter(isWanted))
}

/** Without the ports that our own processes hold now: they are free when they are needed. */
function withoutPortsOf(spec: ProcessSpec, records: readonly ProcessRecord[]): ProcessSpec {
  const ours = new Set(
    records.flatMap(({ ports }) => ports).map(({ port, protocol }) => `${protocol} ${port}`),
  )
  return { ...spec, ports: spec.ports.filter(({ port, protocol }) => !ours.has(`${protocol} ${port}`)) }
}

class StartRun {
  readonly #state: WorkspaceState
  readonly #options: StartOptions
  readonly #restarting: ReadonlySet<string>
  /** Those that end again where this start fails: started by it, or left unready by one that was killed. */
  readonly #own: Set<string>
  readonly #waiting = new Set<string>()
  /** Aborted with the reason for which nothing more is started. */
  readonly #end = new AbortController()

  constructor(state: WorkspaceState, options: StartOptions, restarting: ReadonlySet<string>) {
    this.#state = state
    this.#options = options
    this.#restarting = restarting
    this.#own = new Set(restarting)
  }

  async start(): Promise<void> {
    const stages = [...Map.groupBy(this.#options.specs, ({ stage }) => stage)].sort(([a], [b]) => a - b)
    const endWatch = this.#watchForStop()
    try {
      for (const [, specs] of stages) await this.#startStage(specs)
      this.#end.signal.throwIfAborted()
      this.#state.phase = 'running'
      this.#write()
    } catch (error) {
      await this.#undo(this.#end.signal.aborted ? this.#end.signal.reason : error)
      throw error
    } finally {
      endWatch()
    }
  }

  #watchForStop(): () => void {
    const { folders, signal } = this.#options
    const stop = () => this.#end.abort(stoppedError())
    const timer = setInterval(() => isStopRequested(folders) && stop(), STOP_CHECK_MS)
    if (signal?.aborted) stop()
    signal?.addEventListener('abort', stop)
    return () => {
      clearInterval(timer)
      signal?.removeEventListener('abort', stop)
    }
  }

  async #startStage(specs: readonly ProcessSpec[]): Promise<void> {
    const ready: Promise<void>[] = []
    try {
      for (const spec of specs) {
        this.#end.signal.throwIfAborted()
        const record = this.#restarting.has(spec.name) ? await this.#spawn(spec) : this.#recordOf(spec.name)
        if (record.state === 'ready') continue
        this.#own.add(spec.name)
        ready.push(this.#awaitReady(spec, record))
      }
      await Promise.all(ready)
    } catch (error) {
      this.#end.abort(error)
      await Promise.allSettled(ready)
      throw this.#end.signal.reason
    }
  }

  async #spawn(spec: ProcessSpec): Promise<ProcessRecord> {
    const { folders, specs, onStarted } = this.#options
    const position = specs.indexOf(spec)
    const code = hashCode(spec.cwd, spec.sources)
    const child = await spawnProcess(spec, { folders, position })
    const record: ProcessRecord = {
      name: spec.name,
      state: 'starting',
      identity: child.identity,
      startedAt: new Date().toISOString(),
      settings: hashSettings(spec, this.#state.key),
      code,
      ports: [...spec.ports],
      url: spec.url,
      log: child.log.path,
    }
    const order = (name: string) => specs.findIndex((one) => one.name === name)
    this.#state.processes = [...this.#state.processes, record].sort((a, b) => order(a.name) - order(b.name))
    this.#write()
    onStarted?.(spec.name, child)
    void child.exited.then((exit) => this.#noteExit(record, exit))
    return record
  }

  #noteExit(record: ProcessRecord, exit: Exit): void {
    if (this.#state.phase !== 'starting' || this.#end.signal.aborted) return
    record.exit = exit
    this.#end.abort(new StartFailure(record.name, `it ended with ${describeExit(exit)}`, record.log))
  }

  async #awaitReady({ name, ready }: ProcessSpec, record: ProcessRecord): Promise<void> {
    const { readyMs, update, onReady } = this.#options
    const startedAt = performance.now()
    this.#waiting.add(name)
    update?.(`waiting for ${[...this.#waiting].join(', ')}`)
    const { identity, log } = record
    // The end of a child is an event, which has its exit code; a killed command's child has to be looked at.
    const hasEnded = () => !this.#restarting.has(name) && !isAlive(identity)
    const outcome = await waitUntilReady(ready, identity.pid, hasEnded, {
      deadlineMs: readyMs,
      signal: this.#end.signal,
    })
    if (outcome === 'ended') throw new StartFailure(name, 'it ended', log)
    if (outcome === 'late') {
      const reason = `it does not answer after ${(readyMs / 1000).toFixed(readyMs < 1000 ? 1 : 0)} s`
      throw new StartFailure(name, reason, log)
    }
    this.#waiting.delete(name)
    update?.(this.#waiting.size > 0 ? `waiting for ${[...this.#waiting].join(', ')}` : '')
    record.state = 'ready'
    this.#write()
    onReady?.(name, identity.pid, performance.now() - startedAt)
  }

  /** In the reverse order of starting. A failure to write that down changes nothing. */
  async #undo(error: unknown): Promise<void> {
    const isStopped = error instanceof UserError && error.code === 'START_STOPPED'
    this.#state.phase = isStopped ? 'stopping' : 'failed'
    if (!isStopped) this.#state.failure = describeFailure(error)
    const own = listLiving(this.#options.folders, this.#state).filter(({ name }) => this.#own.has(name))
    await endProcesses(own, this.#state.stopMs, ({ name }) => {
      this.#recordOf(name).state = 'stopped'
    })
    try {
      this.#write()
    } catch {}
  }

  #recordOf(name: string): ProcessRecord {
    const record = this.#state.processes.find((one) => one.name === name)
    if (!record) throw new Error(`${name} is not one of the processes.`)
    return record
  }

  #write(): void {
    writeState(this.#options.folders, this.#state)
  }
}

function stoppedError(): UserError {
  return new UserError({
    code: 'START_STOPPED',
    what: 'The processes were stopped while they were starting.',
    fix: 'npm run setup',
  })
}
