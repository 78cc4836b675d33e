import { existsSync } from 'node:fs'
import type { Diagnosis } from '../../contracts/diagnosis.ts'
import type { TelemetryHealth } from '../../contracts/telemetry-health.ts'
import { UserError } from '../../contracts/user-error.ts'
import { type Mode, resolveProviders } from '../../settings/providers.ts'
import { type Environment, readSettings, type Settings } from '../../settings/read.ts'
import { isAlive, isSame } from '../machine/identity.ts'
import { lockOwner } from '../machine/lock.ts'
import { readMemory } from '../machine/memory.ts'
import { readTelemetryHealth } from '../providers/own-processes.ts'
import { findChanges, findCrashes } from './difference.ts'
import { describeExit } from './exit-words.ts'
import { FAILURE_LINES } from './failure.ts'
import { readTail } from './log-file.ts'
import { planProcesses } from './plan.ts'
import type { PortSpec, ProcessSpec } from './spec.ts'
import {
  type Failure,
  type ProcessState,
  readState,
  type SupervisorState,
  stateFolders,
} from './state-file.ts'

export interface ProcessStatus {
  readonly name: string
  readonly state: 'ready' | 'starting' | 'crashed' | 'stopped'
  readonly pid: number | null
  readonly ports: readonly PortSpec[]
  readonly url: string | null
  /** Resident memory. */
  readonly memoryBytes: number | null
  readonly uptimeSeconds: number | null
  /** How it ended, in words, if it has crashed. */
  readonly exit: string | null
  /** The end of its log, if it has crashed. */
  readonly lastLines: readonly string[]
  readonly telemetry: TelemetryHealth | null
}

/** `message` repeats `what` for readers of `--json` that knew it first. */
type Finding = Diagnosis & { readonly message: string }

export interface Status {
  readonly running: boolean
  readonly mode: 'background' | 'foreground' | null
  readonly supervisorPid: number | null
  readonly processes: readonly ProcessStatus[]
  readonly providers: { readonly [provider in 'honeycomb' | 'xray' | 'rollbar']: Mode } | null
  /** What is not as it should be, with what to do about it. */
  readonly findings: readonly Finding[]
}

export interface StatusOptions {
  readonly environment?: Environment
  /** What should run, if not what the settings ask for. */
  readonly specs?: readonly ProcessSpec[]
}

/**
 * What runs, and whether it is what the settings ask for. Reads, changes nothing; settings that cannot be are a
 * finding like others, as the processes started before they were spoilt go on.
 */
export async function readStatus(directory: string, options: StatusOptions = {}): Promise<Status> {
  const { environment = process.env } = options
  const wanted = readWanted(environment, options.specs)
  if (!existsSync(directory)) return describe(undefined, undefined, wanted)
  const folders = stateFolders(directory)
  const warnings: string[] = []
  const state = readState(folders, (text) => warnings.push(text))
  const owner = lockOwner(folders.run)
  const isSupervised = isSame(owner, state?.supervisor)
  const status = await describe(state, isSupervised ? owner?.pid : undefined, wanted)
  return {
    ...status,
    findings: [
      ...warnings.map((what) => finding('STATE_UNREADABLE', what, 'npm stop, then npm run setup')),
      ...status.findings,
    ],
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
  state: SupervisorState | undefined,
  supervisorPid: number | undefined,
  { specs, providers, trouble }: Wanted,
): Promise<Status> {
  const known = await Promise.all((state?.processes ?? []).map(describeProcess))
  const missing = (specs ?? [])
    .filter(({ name }) => !known.some((one) => one.name === name))
    .map(describeStopped)
  const isSupervised = supervisorPid !== undefined
  const alive = known.filter(({ pid }) => pid !== null).map(({ name }) => name)
  const findings = [
    ...(trouble ? [finding(trouble.code, trouble.message, trouble.fix)] : []),
    ...(isSupervised && state && specs
      ? [
          ...findCrashes(state).map((text) => finding('PROCESS_ENDED', `${text}.`, restart(state.mode))),
          ...findChanges(state, specs).map((text) =>
            finding('SETTINGS_CHANGED', `${text.replace(/^the /, 'The ')}.`, restart(state.mode)),
          ),
        ]
      : []),
    ...(!isSupervised && alive.length > 0 ? [lost(alive)] : []),
    ...(!isSupervised && state?.failure ? [notStarted(state.failure)] : []),
  ]
  return {
    running: isSupervised,
    mode: isSupervised ? (state?.mode ?? null) : null,
    supervisorPid: supervisorPid ?? null,
    processes: [...known, ...missing],
    providers,
    findings,
  }
}

async function describeProcess(process: ProcessState): Promise<ProcessStatus> {
  const { name, identity, ports, url, startedAt, exit, log } = process
  const living = identity && isAlive(identity) ? identity : undefined
  const state = stateOf(process, living !== undefined)
  const isBackend = ports.some(({ variable }) => variable === 'PORT' || variable === 'PROFILES_PORT')
  return {
    name,
    state,
    pid: living?.pid ?? null,
    ports,
    url: url ?? null,
    memoryBytes: living ? (readMemory(living.pid) ?? null) : null,
    uptimeSeconds: living && startedAt ? Math.round((Date.now() - Date.parse(startedAt)) / 1000) : null,
    exit: state === 'crashed' && exit ? describeExit(exit) : null,
    lastLines: state === 'crashed' ? readTail(log, FAILURE_LINES).lines : [],
    telemetry: (living && isBackend && url && (await readTelemetryHealth(url))) || null,
  }
}

function stateOf({ state }: ProcessState, isLiving: boolean): ProcessStatus['state'] {
  if (state === 'crashed') return 'crashed'
  return isLiving && (state === 'ready' || state === 'starting') ? state : 'stopped'
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

function restart(mode: SupervisorState['mode']): string {
  return mode === 'background'
    ? 'npm run setup starts them again'
    : 'Ctrl-C where npm start runs, and npm start again'
}

function lost(names: readonly string[]) {
  const what = `${names.join(', ')}: running, but the supervisor is gone.`
  return finding('SUPERVISOR_GONE', what, 'npm run setup starts them again, npm stop ends them')
}

function notStarted({ code, message, fix }: Failure) {
  return finding(code, `The last start failed: ${message}`, fix)
}

function finding(code: string, what: string, fix: string): Finding {
  return { code, what, message: what, fix }
}
