import { UserError } from '../../contracts/user-error.ts'
import type { SettingName } from '../../settings/catalogue.ts'
import { type Environment, envFile } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import type { KeepResult, Workspace } from '../workspace/types.ts'
import { type EnvFileChange, setEnvValue, unsetEnvValue } from './env-file.ts'
import { isCommittable } from './git-ignore.ts'
import { requireValid } from './validity.ts'

/**
 * Keeps a setting: in `.env`, then where the platform keeps it, and tells what came of it. Throws a UserError before
 * anything is written where the value cannot be.
 */
export async function keepSetting(
  workspace: Workspace,
  terminal: Terminal,
  name: SettingName,
  value: string,
  environment: Environment = process.env,
): Promise<void> {
  requireMovable(name)
  requireValid(name, value)
  const path = envFile(environment)
  const change = setEnvValue(path, name, value)
  terminal.done(`${name} ${change.changed ? 'is kept in' : 'was so already in'} ${path}.`)
  await tellAboutFile(path, change, terminal)
  tellResult(name, await workspace.keep(name, value), terminal)
  const other = environment[name]?.trim()
  if (other && environment[name] !== value) {
    terminal.warn(
      `${name} has another value in this shell's environment, which wins over .env: unset ${name}, or open a new terminal.`,
    )
  }
}

/** Takes a setting out of `.env` and the platform's store, and tells what came of it. */
export async function forgetSetting(
  workspace: Workspace,
  terminal: Terminal,
  name: SettingName,
  environment: Environment = process.env,
): Promise<void> {
  const path = envFile(environment)
  const change = unsetEnvValue(path, name)
  terminal.done(`${name} ${change.changed ? 'is out of' : 'was not in'} ${path}.`)
  await tellAboutFile(path, change, terminal)
  tellResult(name, await workspace.forget(name), terminal)
  if (environment[name]?.trim()) {
    terminal.warn(`${name} is still set in this shell's environment: unset ${name}, or open a new terminal.`)
  }
}

/** Says what a person should know about the file itself. */
export async function tellAboutFile(path: string, change: EnvFileChange, terminal: Terminal): Promise<void> {
  if (change.loosened) {
    terminal.warn(`${path} could be read by others (mode ${change.loosened}); it is yours alone now (600).`)
  }
  if (await isCommittable(path)) {
    terminal.warn(`git does not ignore ${path}: add it to .gitignore, so that no secret is committed.`)
  }
}

export function tellResult(name: SettingName, { outcome, detail }: KeepResult, terminal: Terminal): void {
  if (outcome === 'failed') terminal.warn(`${name}: ${detail}`)
  else terminal.line(`  ${terminal.dim(detail)}`)
}

function requireMovable(name: SettingName): void {
  if (name !== 'WORKSPACE_ENV_FILE') return
  throw new UserError({
    code: 'SETTING_INVALID',
    what: 'WORKSPACE_ENV_FILE names the file that settings are kept in, so it cannot be kept in that file itself.',
    fix: 'Set it in the environment: export WORKSPACE_ENV_FILE=…',
  })
}
