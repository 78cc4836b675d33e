import { existsSync } from 'node:fs'
import type { Diagnosis } from '../../contracts/diagnosis.ts'
import type { LoggedDiagnosis } from '../../contracts/logged-diagnosis.ts'
import type { TelemetryHealth } from '../../contracts/telemetry-health.ts'
import { UserError } from '../../contracts/user-error.ts'
import type { Port, ProcessRecord, Scope, WorkspaceState } from '../../contracts/workspace-state.ts'
import { type Mode, resolveProviders } from '../../settings/providers.ts'
import { type Environment, readSettings } from '../../settings/read.ts'
import { isAlive, isOfEarlierBoot } from '../machine/identity.ts'
import { readMemory, readUptime } from '../machine/process-facts.ts'
import { answersHealth, readTelemetryHealth } from '../providers/own-processes.ts'
import { compareSegments, type SentSegments } from '../providers/sent-segments.ts'
import { describeDifferences, findDifferences } from './differences.ts'
import type { RunOptions } from './ensure-running.ts'
import { findKeptData } from './kept-data.ts'
import { findMarked, type LivingProcess, resolveFolder } from './living.ts'
import { tryProcessesLock } from './lock.ts'
import { planProcesses, planSandboxAlone } from './plan.ts'
import type { ProcessSpec } from './spec.ts'
import { describeExit, findDiagnosis, readFailure } from './start-failure.ts'
import { conditionOf, isInForeground, readState, type StateFolders, startOf, stateFolders } from './state.ts'

export interface ProcessStatus {
  readonly name: string
  /** no answer: it runs, and does not answer: it is suspended, or in an endless loop. */
  readonly state: 'ready' | 'starting' | 'crashed' | 'stopped' | 'no answer'
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

/** The report of `npm run status -- --json`. */
export type StatusReport = Status & { readonly segments: readonly SentSegments[] | null }

export interface Status {
  /** Whether any process runs. */
  readonly running: boolean
  /** What was asked for last: everything, or the sandbox alone (`npm run sandbox`). */
  readonly scope: Scope
  readonly mode: 'background' | 'foreground' | null
  /** The pid of `npm start`; null in the background. */
  readonly supervisorPid: number | null
  readonly processes: readonly ProcessStatus[]
  readonly providers: { readonly [provider in 'honeycomb' | 'xray' | 'rollbar']: Mode } | null
  /** What is not as it should be. */
  readonly findings: readonly StatusFinding[]
}

/** `message` equals `what`: the name of the field before findings had a code. */
export type StatusFinding = Diagnosis & { readonly message: string }

/**
 * Reads which processes run, and whether their settings and code are the present ones; changes nothing. Invalid settings
 * are a finding like others, because processes that were started before them still run.
 */
export async function readStatus(
  directory: string,
  { environment = process.env, specs }: Pick<RunOptions, 'environment' | 'specs'> = {},
): Promise<Status> {
  const findings: StatusFinding[] = []
  const { folders, state } = readRecorded(directory, findings)
  const lost = findMarked(resolveFolder(directory)).filter(
    // Those that a process of the workspace has started have its mark.
    ({ name }) => !state?.processes.some((one) => one.name === name && isAlive(one.identity)),
  )
  // While a start is under way, a process may run for a moment before it is written down.
  if (lost.length > 0 && !(folders && isLocked(folders))) findings.push(leftRunning(lost))
  if (state && state.phase !== 'stopping' && state.processes.some(wasEndedByRestart)) {
    const what = 'The machine, or its container, has started again, which has ended the processes.'
    findings.push(finding('MACHINE_RESTARTED', what, `${startOf(state.scope)} starts them again`))
  } else if (folders && (state?.phase === 'starting' || state?.phase === 'stopping') && !isLocked(folders)) {
    const { code, what } = INTERRUPTED[state.phase]
    findings.push(
      finding(code, what, `${startOf(state.scope)} starts what does not run, npm stop ends what runs`),
    )
  }
  for (const { code, what, fix } of findKeptData(directory)) findings.push(finding(code, what, fix))
  return describe(state, readWanted(environment, state?.scope ?? 'workspace', specs), findings)
}

/** The folders and the last state; why they cannot be read is added to `findings`. */
function readRecorded(directory: string, findings: StatusFinding[]) {
  if (!existsSync(directory)) return {}
  try {
    const folders = stateFolders(directory)
    const state = readState(folders, (text) => {
      findings.push(finding('STATE_UNREADABLE', text, 'npm stop, then npm run setup'))
    })
    return { folders, state }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    findings.push(finding(error.code, error.message, error.fix))
    return {}
  }
}

/** Processes that no state file names: the state folder was deleted, or a command was killed. */
function leftRunning(lost: readonly LivingProcess[]): StatusFinding {
  const names = lost.map(({ name, identity }) => `${name} (pid ${identity.pid})`).join(', ')
  const what = `Running, and in no state file of this folder: ${names}. The state folder was deleted, or a command was killed.`
  return finding('LEFT_RUNNING', what, 'npm stop ends them, npm run setup replaces them')
}

function wasEndedByRestart({ identity, state }: ProcessRecord): boolean {
  return state !== 'stopped' && isOfEarlierBoot(identity)
}

/**
 * Adds what the sandbox lacks of the segments that were sent to it without proof of receipt; null where X-Ray is not
 * local, or the sandbox does not answer.
 */
export async function withSentSegments(status: Status): Promise<StatusReport> {
  const sandbox = status.processes.find(
    ({ name, pid, state }) => name === 'sandbox' && pid !== null && state !== 'no answer',
  )?.url
  const isLocal = status.providers?.xray === 'local'
  const segments = isLocal && sandbox ? await compareSegments(sandbox, status.processes) : undefined
  return { ...status, segments: segments ?? null }
}

const INTERRUPTED = {
  starting: { code: 'START_INTERRUPTED', what: 'The last start was interrupted.' },
  stopping: { code: 'STOP_INTERRUPTED', what: 'The last stop was interrupted.' },
} as const

function finding(code: string, what: string, fix: string): StatusFinding {
  return { code, what, message: what, fix }
}

/** Whether a start or a stop is under way. */
function isLocked(folders: StateFolders): boolean {
  try {
    const lock = tryProcessesLock(folders)
    lock?.release()
    return lock === undefined
  } catch {
    return false
  }
}

interface Wanted {
  readonly specs: readonly ProcessSpec[]
  readonly providers: Status['providers']
  /** Why the settings cannot be read. */
  readonly findings: readonly StatusFinding[]
}

/** What a sandbox that runs alone stands in for. */
const ALL_LOCAL = { honeycomb: 'local', xray: 'local', rollbar: 'local' } as const

function readWanted(
  environment: Environment,
  scope: Scope,
  specs: readonly ProcessSpec[] | undefined,
): Wanted {
  try {
    const settings = readSettings(environment)
    if (scope === 'sandbox') {
      return { specs: specs ?? planSandboxAlone(settings, environment), providers: ALL_LOCAL, findings: [] }
    }
    const providers = resolveProviders(settings, environment)
    const { honeycomb, xray, rollbar } = providers
    return {
      specs: specs ?? planProcesses(settings, providers, environment),
      providers: { honeycomb: honeycomb.mode, xray: xray.mode, rollbar: rollbar.mode },
      findings: [],
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { specs: [], providers: null, findings: [finding(error.code, error.message, error.fix)] }
  }
}

async function describe(
  state: WorkspaceState | undefined,
  { specs, providers, findings }: Wanted,
  warnings: readonly StatusFinding[],
): Promise<Status> {
  const known = state
    ? await Promise.all(state.processes.map((one) => describeProcess(one, state.phase)))
    : []
  const missing = specs.filter(({ name }) => !known.some((one) => one.name === name)).map(describeStopped)
  const running = known.some(({ pid }) => pid !== null)
  const supervisor = isInForeground(state) ? state?.supervisor : undefined
  const isKnown = running || supervisor || known.some((one) => one.state === 'crashed')
  const canCompare = state?.phase === 'running' && isKnown && providers
  const scope = state?.scope ?? 'workspace'
  const restart = supervisor
    ? 'Ctrl-C where npm start runs, and npm start again'
    : `${startOf(scope)} starts what has to start again`
  return {
    running: running || supervisor !== undefined,
    mode: supervisor ? 'foreground' : running ? 'background' : null,
    supervisorPid: supervisor?.pid ?? null,
    scope,
    processes: [...known, ...missing],
    providers,
    findings: [
      ...warnings,
      ...findings,
      ...(canCompare ? describeDifferences(findDifferences(state, specs)) : []).map(({ code, what }) =>
        finding(code, what, restart),
      ),
      ...(state?.failure
        ? [finding('LAST_START_FAILED', `The last start failed: ${state.failure.what}`, state.failure.fix)]
        : []),
    ],
  }
}

/** Whether a process sends telemetry, and reports what became of it. */
export function sendsTelemetry(name: string): boolean {
  return name === 'api' || name === 'profiles'
}

async function describeProcess(
  record: ProcessRecord,
  phase: WorkspaceState['phase'],
): Promise<ProcessStatus> {
  const { name, identity, url, startedAt, exit, log } = record
  const state = conditionOf(record, phase)
  const stopped = { ...describeStopped(record), state }
  if (isAlive(identity)) {
    const [telemetry, answers] = await Promise.all([
      url && sendsTelemetry(name) ? readTelemetryHealth(url) : undefined,
      url && state === 'ready' ? answersHealth(url) : true,
    ])
    return {
      ...stopped,
      state: answers ? state : 'no answer',
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

function describeStopped({ name, ports, url }: ProcessSpec | ProcessRecord): ProcessStatus {
  return {
    name,
    state: 'stopped',
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
