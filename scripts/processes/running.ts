import { resolveProviders } from '../../settings/providers.ts'
import { type Environment, type Settings, stateDirectory } from '../../settings/read.ts'
import { type Handover, handoverSchema } from './handover.ts'
import { planProcesses } from './plan.ts'
import type { PortSpec, ProcessSpec } from './spec.ts'
import type { SupervisorState } from './state-file.ts'

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
  /** found: it ran already. started, restarted: now. */
  readonly outcome: 'found' | 'started' | 'restarted'
  readonly mode: 'background' | 'foreground'
  readonly supervisorPid: number
  readonly processes: readonly RunningProcess[]
}

export interface RunningProcess {
  readonly name: string
  readonly pid: number | undefined
  readonly url: string | undefined
  readonly ports: readonly PortSpec[]
  readonly log: string
}

export function describeRunning(state: SupervisorState, outcome: Running['outcome']): Running {
  return {
    outcome,
    mode: state.mode,
    supervisorPid: state.supervisor.pid,
    processes: state.processes.map(({ name, identity, url, ports, log }) => ({
      name,
      pid: identity?.pid,
      url,
      ports,
      log,
    })),
  }
}

/** Everything a supervisor has to be told. */
export function planHandover(settings: Settings, mode: Handover['mode'], options: RunOptions): Handover {
  const { environment = process.env, readyMs, stopMs } = options
  return handoverSchema.parse({
    directory: stateDirectory(settings),
    specs: options.specs ?? planProcesses(settings, resolveProviders(settings, environment), environment),
    mode,
    readyMs,
    stopMs,
  })
}
