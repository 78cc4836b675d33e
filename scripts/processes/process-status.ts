import type { LoggedDiagnosis } from '../../contracts/logged-diagnosis.ts'
import type { TelemetryHealth } from '../../contracts/telemetry-health.ts'
import type { Port, ProcessRecord, WorkspaceState } from '../../contracts/workspace-state.ts'
import { isAlive, isSuspended } from '../machine/identity.ts'
import { reactsToPostgres } from '../machine/port-probe.ts'
import { readMemory, readUptime } from '../machine/process-facts.ts'
import { answersHealth, readTelemetryHealth } from '../providers/own-processes.ts'
import type { ProcessSpec } from './spec.ts'
import { describeExit, findDiagnosis, readFailure } from './start-failure.ts'
import { conditionOf } from './state.ts'

/** How long the database may take to react (ms). A query of another client may keep it busy meanwhile. */
const REACTION_MS = 3_000

export interface ProcessStatus {
  readonly name: string
  /** no answer: it runs, and does not answer: it is suspended, busy, or in an endless loop. */
  readonly state: 'ready' | 'starting' | 'crashed' | 'stopped' | 'no answer'
  /** By a signal, Ctrl-Z or a debugger. Its state is `no answer` then. */
  readonly suspended: boolean
  readonly pid: number | null
  readonly ports: readonly Port[]
  readonly url: string | null
  /** Resident memory. */
  readonly memoryBytes: number | null
  readonly uptimeSeconds: number | null
  /** How a crashed process ended, in words; null where its parent had ended before it, which alone learns this. */
  readonly exit: string | null
  /** Why it ended, as it says itself at the end of its log. */
  readonly reason: LoggedDiagnosis | null
  /** The end of the log of a crashed process. */
  readonly lastLines: readonly string[]
  /** Of a backend process. Null where it does not answer, or is of another version. */
  readonly telemetry: TelemetryHealth | null
}

/** Whether it runs, here or in a container, and answers or is about to. */
export function answers({ state }: Pick<ProcessStatus, 'state'>): boolean {
  return state === 'ready' || state === 'starting'
}

/** Whether a process sends telemetry, and reports what became of it. */
export function sendsTelemetry(name: string): boolean {
  return name === 'api' || name === 'profiles'
}

/** Whether a process answers in its own protocol. That its port accepts a connection is no proof: the system does that. */
async function answersNow({ name, url, ports: [port] }: ProcessRecord): Promise<boolean> {
  if (url) return answersHealth(url)
  return name === 'database' && port ? reactsToPostgres(port.host, port.port, REACTION_MS) : true
}

export async function describeProcess(
  record: ProcessRecord,
  phase: WorkspaceState['phase'],
): Promise<ProcessStatus> {
  const { name, identity, url, startedAt, exit, log } = record
  const state = conditionOf(record, phase)
  const stopped = { ...describeStopped(record), state }
  if (isAlive(identity)) {
    const suspended = isSuspended(identity)
    const canAnswer = !suspended
    const [telemetry, isAnswering] = await Promise.all([
      canAnswer && url && sendsTelemetry(name) ? readTelemetryHealth(url) : undefined,
      state === 'ready' ? canAnswer && answersNow(record) : true,
    ])
    return {
      ...stopped,
      state: isAnswering ? state : 'no answer',
      // It may have been suspended while it was asked.
      suspended: suspended || (!isAnswering && isSuspended(identity)),
      pid: identity.pid,
      memoryBytes: readMemory(identity.pid) ?? null,
      // Not below 0 where the clock was set back.
      uptimeSeconds:
        readUptime(identity) ?? Math.max(0, Math.round((Date.now() - Date.parse(startedAt)) / 1000)),
      telemetry: telemetry ?? null,
    }
  }
  if (state !== 'crashed') return stopped
  const lastLines = readFailure(log)
  const how = exit ? describeExit(exit, lastLines) : null
  return { ...stopped, exit: how, reason: findDiagnosis(lastLines, exit) ?? null, lastLines }
}

type Place = Pick<ProcessSpec, 'name' | 'ports'> & { readonly url?: string | undefined }

/** Of a process that does not run. */
export function describeStopped({ name, ports, url }: Place): ProcessStatus {
  return {
    name,
    state: 'stopped',
    suspended: false,
    pid: null,
    ports,
    url: url ?? null,
    memoryBytes: null,
    uptimeSeconds: null,
    exit: null,
    reason: null,
    lastLines: [],
    telemetry: null,
  }
}
