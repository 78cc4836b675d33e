import { existsSync } from 'node:fs'
import type { Diagnosis } from '../../contracts/diagnosis.ts'
import type { TelemetryHealth } from '../../contracts/telemetry-health.ts'
import { UserError } from '../../contracts/user-error.ts'
import type { Port, ProcessRecord, WorkspaceState } from '../../contracts/workspace-state.ts'
import { type Mode, resolveProviders } from '../../settings/providers.ts'
import { type Environment, readSettings, type Settings } from '../../settings/read.ts'
import { isAlive } from '../machine/identity.ts'
import { readMemory } from '../machine/process-facts.ts'
import { readTelemetryHealth } from '../providers/own-processes.ts'
import { describeDifferences, findDifferences } from './differences.ts'
import { tryProcessesLock } from './lock.ts'
import { readTail } from './log-file.ts'
import { planProcesses } from './plan.ts'
import type { ProcessSpec } from './spec.ts'
import { describeExit, FAILURE_LINES } from './start-failure.ts'
import { conditionOf, isInForeground, readState, type StateFolders, stateFolders } from './state.ts'

export interface ProcessStatus {
  readonly name: string
  readonly state: 'ready' | 'starting' | 'crashed' | 'stopped'
  readonly pid: number | null
  readonly ports: readonly Port[]
  readonly url: string | null
  /** Resident memory. */
  readonly memoryBytes: number | null
  readonly uptimeSeconds: number | null
  /** How it ended, in words, if it has crashed; null also where only its parent could know, and that had ended. */
  readonly exit: string | null
  /** The end of its log, if it has crashed. */
  readonly lastLines: readonly string[]
  readonly telemetry: TelemetryHealth | null
}

export interface Status {
  /** Whether any process runs. */
  readonly running: boolean
  readonly mode: 'background' | 'foreground' | null
  /** The pid of `npm start`; null in the background. */
  readonly supervisorPid: number | null
  readonly processes: readonly ProcessStatus[]
  readonly providers: { readonly [provider in 'honeycomb' | 'xray' | 'rollbar']: Mode } | null
  /** What is not as it should be. */
  readonly findings: readonly StatusFinding[]
}

/** `message` repeats `what` for readers of `--json` that knew it first. */
export type StatusFinding = Diagnosis & { readonly message: string }

export interface StatusOptions {
  readonly environment?: Environment
  /** What should run, if not what the settings ask for. */
  readonly specs?: readonly ProcessSpec[]
}

/**
 * What runs, and whether it is what the settings and the code ask for. Reads, changes nothing. Settings that are not
 * valid are a finding like others, because the processes that were started before go on.
 */
export async function readStatus(directory: string, options: StatusOptions = {}): Promise<Status> {
  const { environment = process.env } = options
  const wanted = readWanted(environment, options.specs)
  if (!existsSync(directory)) return describe(undefined, wanted, [])
  const folders = stateFolders(directory)
  const warnings: StatusFinding[] = []
  const warn = (text: string) => {
    warnings.push(finding('STATE_UNREADABLE', text, 'npm stop, then npm run setup'))
  }
  const state = readState(folders, warn)
  const isInterrupted = state?.phase === 'starting' && !isLocked(folders)
  return describe(state, wanted, isInterrupted ? [...warnings, INTERRUPTED] : warnings)
}

const INTERRUPTED = finding(
  'START_INTERRUPTED',
  'The last start was interrupted.',
  'npm run setup goes on with it, npm stop ends what runs',
)

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
  readonly specs: readonly ProcessSpec[] | undefined
  readonly providers: Status['providers']
  readonly trouble: UserError | undefined
}

function readWanted(environment: Environment, specs: readonly ProcessSpec[] | undefined): Wanted {
  try {
    const settings: Settings = readSettings(environment)
    const providers = resolveProviders(settings, environment)
    return {
      specs: specs ?? planProcesses(settings, providers, environment),
      providers: {
        honeycomb: providers.honeycomb.mode,
        xray: providers.xray.mode,
        rollbar: providers.rollbar.mode,
      },
      trouble: undefined,
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return { specs, providers: null, trouble: error }
  }
}

async function describe(
  state: WorkspaceState | undefined,
  { specs, providers, trouble }: Wanted,
  warnings: readonly StatusFinding[],
): Promise<Status> {
  const known = await Promise.all(
    (state?.processes ?? []).map((record) => describeProcess(record, state?.phase ?? 'running')),
  )
  const missing = (specs ?? [])
    .filter(({ name }) => !known.some((one) => one.name === name))
    .map(describeStopped)
  const running = known.some(({ pid }) => pid !== null)
  const supervisor = isInForeground(state) ? state?.supervisor : undefined
  const isKnown = running || supervisor || known.some((one) => one.state === 'crashed')
  const differences = state?.phase === 'running' && isKnown && specs ? findDifferences(state, specs) : []
  const restart = supervisor
    ? 'Ctrl-C where npm start runs, and npm start again'
    : 'npm run setup starts what has to start again'
  return {
    running: running || supervisor !== undefined,
    mode: supervisor ? 'foreground' : running ? 'background' : null,
    supervisorPid: supervisor?.pid ?? null,
    processes: [...known, ...missing],
    providers,
    findings: [
      ...warnings,
      ...(trouble ? [finding(trouble.code, trouble.message, trouble.fix)] : []),
      ...describeDifferences(differences).map(({ code, what }) => finding(code, what, restart)),
      ...(state?.failure
        ? [finding('LAST_START_FAILED', `The last start failed: ${state.failure.what}`, state.failure.fix)]
        : []),
    ],
  }
}

async function describeProcess(
  record: ProcessRecord,
  phase: WorkspaceState['phase'],
): Promise<ProcessStatus> {
  const { name, identity, ports, url, startedAt, exit, log } = record
  const living = isAlive(identity)
  const state = conditionOf(record, phase)
  const isBackend = ports.some(({ variable }) => variable === 'PORT' || variable === 'PROFILES_PORT')
  return {
    name,
    state,
    pid: living ? identity.pid : null,
    ports,
    url: url ?? null,
    memoryBytes: living ? (readMemory(identity.pid) ?? null) : null,
    uptimeSeconds: living ? Math.round((Date.now() - Date.parse(startedAt)) / 1000) : null,
    exit: state === 'crashed' && exit ? describeExit(exit) : null,
    lastLines: state === 'crashed' ? readTail(log, FAILURE_LINES).lines : [],
    telemetry: (living && isBackend && url && (await readTelemetryHealth(url))) || null,
  }
}

function describeStopped({ name, ports, url }: ProcessSpec): ProcessStatus {
  return {
    name,
    state: 'stopped',
    pid: null,
    ports,
    url: url ?? null,
    memoryBytes: null,
    uptimeSeconds: null,
    exit: null,
    lastLines: [],
    telemetry: null,
  }
}
