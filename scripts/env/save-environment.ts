import { UserError } from '../../contracts/user-error.ts'
import { SETTING_NAMES, type SettingName } from '../../settings/catalogue.ts'
import { type Environment, envFile } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import type { Workspace } from '../workspace/types.ts'
import { type EnvFileChange, setEnvValue } from './env-file.ts'
import { tellAboutFile, tellResult } from './keep.ts'
import { whyInvalid } from './validity.ts'

export interface SavedEnvironment {
  /** In `.env` now, and at the platform where it keeps such a setting. */
  readonly saved: readonly SettingName[]
  /** Found, but with a value that cannot be; left alone. */
  readonly invalid: readonly SettingName[]
}

/**
 * Keeps every setting that the real environment has a value for, in `.env` and where the platform keeps it, and tells
 * what came of it; nothing is said of what is not set. A value that cannot be is warned about and left out.
 */
export async function saveEnvironment(
  workspace: Workspace,
  terminal: Terminal,
  environment: Environment = process.env,
): Promise<SavedEnvironment> {
  const path = envFile(environment)
  const found = SETTING_NAMES.filter(
    (name) => name !== 'WORKSPACE_ENV_FILE' && Boolean(environment[name]?.trim()),
  )
  const changes = new Map<SettingName, EnvFileChange>()
  for (const name of found) {
    const value = environment[name] ?? ''
    const reason = whyInvalid(name, value)
    const change = reason ? undefined : writable(path, name, value)
    if (change) changes.set(name, change)
    else
      terminal.warn(
        `${name} is not kept: in the environment it ${reason ?? 'has a value that no .env can hold'}.`,
      )
  }
  const saved = [...changes.keys()]
  const changed = saved.filter((name) => changes.get(name)?.changed)
  if (changed.length > 0) terminal.done(`${changed.join(', ')}: kept in ${path}.`)
  else if (saved.length > 0) terminal.done(`${path} has everything that the environment has.`)
  const [first] = changes.values()
  if (first) await tellAboutFile(path, first, terminal)
  await keepAtPlatform(workspace, terminal, saved, environment)
  return { saved, invalid: found.filter((name) => !changes.has(name)) }
}

/** One value that cannot be written is no reason to leave the others out. */
function writable(path: string, name: SettingName, value: string): EnvFileChange | undefined {
  try {
    return setEnvValue(path, name, value)
  } catch (error) {
    if (error instanceof UserError && error.code === 'ENV_VALUE_UNWRITABLE') return undefined
    throw error
  }
}

/** One line for all that went the same way: a set-up is no place for twenty of them. */
async function keepAtPlatform(
  workspace: Workspace,
  terminal: Terminal,
  names: readonly SettingName[],
  environment: Environment,
): Promise<void> {
  const kept: SettingName[] = []
  for (const name of names) {
    const result = await workspace.keep(name, environment[name] ?? '')
    if (result.outcome === 'done') kept.push(name)
    if (result.outcome === 'failed') tellResult(name, result, terminal)
  }
  if (kept.length > 0) terminal.done(`${kept.join(', ')}: kept by ${workspace.name} for its next start.`)
  if (names.length > 0 && workspace.hint) terminal.line(`  ${terminal.dim(workspace.hint)}`)
}
