import { relative } from 'node:path'
import { UserError } from '../../contracts/user-error.ts'
import type { SettingName } from '../../settings/catalogue.ts'
import { resolveProviders } from '../../settings/providers.ts'
import {
  type Environment,
  envFile,
  readSettings,
  type Settings,
  stateDirectory,
} from '../../settings/read.ts'
import { withResources } from '../aws/resources.ts'
import { silentTerminal } from '../command-line/terminal.ts'
import { findMarked, type LivingProcess, resolveFolder } from '../processes/living.ts'
import type { ProcessStatus } from '../processes/process-status.ts'
import { readStatus } from '../processes/status.ts'
import { detectWorkspace } from '../workspace/index.ts'
import { findState, keptSettings, sizeMB } from './local-state.ts'

/** How many of the files to be removed the plan names. */
const MAX_NAMES = 12

/** A line of the plan. */
export interface PlannedRemoval {
  readonly kind: 'aws' | 'processes' | 'settings' | 'state'
  readonly text: string
}

export interface Plan {
  /** What will be removed. */
  readonly removals: readonly PlannedRemoval[]
  readonly settings: Settings
  readonly directory: string
  readonly running: readonly ProcessStatus[]
  readonly hasAwsResources: boolean
  /** Why the AWS account could not be read. */
  readonly awsTrouble: UserError | undefined
  /** The settings in `.env` that will be removed. */
  readonly kept: readonly SettingName[]
}

/** Finds what the workspace has created; changes nothing. */
export async function makePlan(environment: Environment, keepSettings = false): Promise<Plan> {
  const settings = readSettings(environment)
  const directory = stateDirectory(settings)
  const { processes } = await readStatus(directory, { environment })
  const running = processes.filter(({ pid }) => pid !== null)
  const aws = await findAwsResources(settings, environment).catch((error: unknown) => {
    if (error instanceof UserError) return error
    throw error
  })
  const resources = aws instanceof UserError ? [] : aws
  const names = [...running, ...findLost(directory, running)].map(({ name }) => name)
  const file = envFile(environment)
  const kept = keepSettings ? [] : keptSettings(file)
  const workspace = detectWorkspace(environment)
  const store = workspace.kind === 'gitpod' ? `, and at ${workspace.name}` : ''
  const state = findState(directory)
  const paths = state.slice(0, MAX_NAMES).map((path) => relative(directory, path))
  return {
    settings,
    directory,
    running,
    kept,
    hasAwsResources: resources.length > 0,
    awsTrouble: aws instanceof UserError ? aws : undefined,
    removals: [
      ...resources.map((text) => ({ kind: 'aws' as const, text })),
      ...removal('processes', names, `processes: ${names.join(', ')}`),
      ...removal('settings', kept, `settings in ${file}${store}: ${kept.join(', ')}`),
      ...removal('state', state, `${directory} (${sizeMB(state)} MB): ${paths.join(', ')}`),
    ],
  }
}

function removal(kind: PlannedRemoval['kind'], found: readonly string[], text: string): PlannedRemoval[] {
  return found.length > 0 ? [{ kind, text }] : []
}

/** The workspace's processes that no state file lists any more, because the state folder was deleted. */
export function findLost(directory: string, running: readonly ProcessStatus[]): LivingProcess[] {
  return findMarked(resolveFolder(directory)).filter(
    ({ identity }) => !running.some(({ pid }) => pid === identity.pid),
  )
}

/** Only of a live account: the sandbox's resources are removed with its data. */
export async function findAwsResources(settings: Settings, environment: Environment): Promise<string[]> {
  const providers = resolveProviders(settings, environment)
  if (providers.xray.mode !== 'live') return []
  return withResources(settings, providers, silentTerminal(), async ({ resources, where }) =>
    resources.filter(({ exists }) => exists).map(({ label }) => `${label}, in ${where}`),
  )
}
