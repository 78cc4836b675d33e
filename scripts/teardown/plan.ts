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
import type { Terminal } from '../command-line/terminal.ts'
import { findMarked, type MarkedProcess, resolveFolder } from '../processes/marker.ts'
import { type ProcessStatus, readStatus } from '../processes/status.ts'
import type { Workspace } from '../workspace/platform.ts'
import { findState, keptSettings, sizeMB } from './local-state.ts'

export interface TeardownOptions {
  readonly yes?: boolean
  readonly dryRun?: boolean
  /** Keeps `.env` and the platform's store, for another setup with the same keys. */
  readonly keepSettings?: boolean
}

export interface Plan {
  /** What will be removed, one line each. */
  readonly lines: readonly string[]
  readonly settings: Settings
  readonly directory: string
  readonly running: readonly ProcessStatus[]
  readonly hasAwsResources: boolean
  /** Why the AWS account could not be read. */
  readonly awsTrouble: UserError | undefined
  readonly kept: readonly SettingName[]
}

/** Finds what the workspace has created; changes nothing. */
export async function makePlan(
  workspace: Workspace,
  quiet: Terminal,
  options: TeardownOptions,
  environment: Environment,
): Promise<Plan> {
  const settings = readSettings(environment)
  const directory = stateDirectory(settings)
  const status = await readStatus(directory, { environment })
  const running = status.processes.filter(({ pid }) => pid !== null)
  const aws = await findAwsResources(settings, quiet, environment).catch((error: unknown) => {
    if (error instanceof UserError) return error
    throw error
  })
  const resources = aws instanceof UserError ? [] : aws
  const file = envFile(environment)
  const lost = findLost(directory, running)
  const kept = options.keepSettings ? [] : keptSettings(file)
  const state = findState(directory)
  const store = workspace.kind === 'gitpod' ? `, and at ${workspace.name}` : ''
  return {
    settings,
    directory,
    running,
    kept,
    hasAwsResources: resources.length > 0,
    awsTrouble: aws instanceof UserError ? aws : undefined,
    lines: [
      ...resources,
      ...(running.length + lost.length > 0
        ? [`processes: ${[...running, ...lost].map(({ name }) => name).join(', ')}`]
        : []),
      ...(kept.length > 0 ? [`settings in ${file}${store}: ${kept.join(', ')}`] : []),
      ...(state.length > 0
        ? [
            `${directory} (${sizeMB(state)} MB): ${state
              .map((path) => path.slice(directory.length + 1))
              .slice(0, 12)
              .join(', ')}`,
          ]
        : []),
    ],
  }
}

/** The workspace's processes that no state file lists any more, because the state folder was deleted. */
export function findLost(directory: string, running: readonly ProcessStatus[]): MarkedProcess[] {
  return findMarked(resolveFolder(directory)).filter(
    ({ identity }) => !running.some(({ pid }) => pid === identity.pid),
  )
}

/** Only of a live account: the sandbox's resources are removed with its data. */
export async function findAwsResources(
  settings: Settings,
  quiet: Terminal,
  environment: Environment,
): Promise<string[]> {
  const providers = resolveProviders(settings, environment)
  if (providers.xray.mode !== 'live') return []
  return withResources(settings, providers, quiet, async ({ resources, where }) =>
    resources.filter(({ exists }) => exists).map(({ label }) => `${label}, in ${where}`),
  )
}
