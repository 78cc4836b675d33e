import { existsSync } from 'node:fs'
import type { Diagnosis } from '../../contracts/diagnosis.ts'
import { UserError } from '../../contracts/user-error.ts'
import type { ProcessRecord, Scope, WorkspaceState } from '../../contracts/workspace-state.ts'
import { type Mode, resolveProviders } from '../../settings/providers.ts'
import { type Environment, readSettings } from '../../settings/read.ts'
import { isOfEarlierBoot } from '../machine/identity.ts'
import { compareSegments, type SentSegments } from '../providers/sent-segments.ts'
import { describeDifferences, findDifferences } from './differences.ts'
import type { RunOptions } from './ensure-running.ts'
import { findKeptData } from './kept-data.ts'
import { tryProcessesLock } from './lock.ts'
import { planProcesses, planSandboxAlone } from './plan.ts'
import { answers, describeProcess, describeStopped, type ProcessStatus } from './process-status.ts'
import type { ProcessSpec } from './spec.ts'
import { isInForeground, readState, type StateFolders, startOf, stateFolders } from './state.ts'
import { describeLeftRunning, describeSuspended, listLost } from './suspended.ts'

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
export type StatusFinding = Diagnosis & {
  readonly message: string
  /** Of LAST_START_FAILED: the code of its error, for example PORT_TAKEN. */
  readonly cause?: string
}

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
  const lost = listLost(directory, state)
  // While a start is under way, a process may run for a moment before it is written down.
  if (lost.length > 0 && !(folders && isLocked(folders))) findings.push(asFinding(describeLeftRunning(lost)))
  if (state && state.phase !== 'stopping' && state.processes.some(wasEndedByRestart)) {
    const what = 'The machine, or its container, has started again, which has ended the processes.'
    findings.push(finding('MACHINE_RESTARTED', what, `${startOf(state.scope)} starts them again`))
  } else if (folders && (state?.phase === 'starting' || state?.phase === 'stopping') && !isLocked(folders)) {
    const { code, what } = INTERRUPTED[state.phase]
    findings.push(
      finding(code, what, `${startOf(state.scope)} starts what does not run, npm stop ends what runs`),
    )
  }
  findings.push(...findKeptData(directory).map(asFinding))
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

function wasEndedByRestart({ identity, state }: ProcessRecord): boolean {
  return state !== 'stopped' && isOfEarlierBoot(identity)
}

/**
 * Adds what the sandbox lacks of the segments that were sent to it without proof of receipt; null where X-Ray is not
 * local, or the sandbox does not answer.
 */
export async function withSentSegments<Known extends Status>(
  status: Known,
): Promise<Known & Pick<StatusReport, 'segments'>> {
  const sandbox = status.processes.find((one) => one.name === 'sandbox' && answers(one))?.url
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

function asFinding({ code, what, fix }: Diagnosis): StatusFinding {
  return finding(code, what, fix)
}

function lastStartFailed({ code, what, fix }: Diagnosis): StatusFinding {
  return { ...finding('LAST_START_FAILED', `The last start failed: ${what}`, fix), cause: code }
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
  const mode = supervisor ? 'foreground' : running ? 'background' : null
  const suspended = known.flatMap((one) => (one.suspended ? one.name : []))
  const restart = supervisor
    ? 'Ctrl-C where npm start runs, and npm start again'
    : `${startOf(scope)} starts what has to start again`
  return {
    running: running || supervisor !== undefined,
    mode,
    supervisorPid: supervisor?.pid ?? null,
    scope,
    processes: [...known, ...missing],
    providers,
    findings: [
      ...warnings,
      ...findings,
      ...(suspended.length > 0 ? [asFinding(describeSuspended(suspended, { scope, mode }))] : []),
      ...describeDifferences(
        (canCompare ? findDifferences(state, specs) : []).filter(({ name }) => !suspended.includes(name)),
      ).map(({ code, what }) => finding(code, what, restart)),
      ...(state?.failure ? [lastStartFailed(state.failure)] : []),
    ],
  }
}
