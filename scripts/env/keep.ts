import { basename, dirname } from 'node:path'
import { UserError } from '../../contracts/user-error.ts'
import { SETTING_NAMES, type SettingName } from '../../settings/catalogue.ts'
import { withoutPasted } from '../../settings/pasted.ts'
import { type Environment, envFile } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import type { KeepResult, Workspace } from '../workspace/platform.ts'
import { requireValid, whyInvalid } from './check.ts'
import { type EnvFileChange, setEnvValue, unsetEnvValue } from './env-file.ts'

/**
 * Keeps a setting in `.env` and in the platform's store, and prints the results. Throws a UserError before anything is
 * written when the value is invalid.
 */
export async function keepSetting(
  workspace: Workspace,
  terminal: Terminal,
  name: SettingName,
  value: string,
  environment: Environment = process.env,
): Promise<void> {
  if (name === 'WORKSPACE_ENV_FILE') {
    throw new UserError({
      code: 'SETTING_INVALID',
      what: 'WORKSPACE_ENV_FILE names the file that settings are kept in, so it cannot be kept in that file itself.',
      fix: 'Set it in the environment: export WORKSPACE_ENV_FILE=…',
    })
  }
  requireValid(name, value)
  const path = envFile(environment)
  const change = setEnvValue(path, name, value)
  terminal.done(`${name} ${change.changed ? 'is kept in' : 'already had this value in'} ${path}.`)
  await warnAboutFile(path, change, terminal)
  printResult(name, await workspace.keep(name, value), terminal)
  const other = environment[name]
  if (other?.trim() && other !== value) {
    terminal.warn(
      `${name} has another value in this shell's environment, which wins over .env: unset ${name}, or open a new terminal.`,
    )
  }
}

/** Removes a setting from `.env` and from the platform's store, and prints the results. */
export async function forgetSetting(
  workspace: Workspace,
  terminal: Terminal,
  name: SettingName,
  environment: Environment = process.env,
): Promise<void> {
  const path = envFile(environment)
  const change = unsetEnvValue(path, name)
  terminal.done(`${name} ${change.changed ? 'is removed from' : 'was not in'} ${path}.`)
  await warnAboutFile(path, change, terminal)
  printResult(name, await workspace.forget(name), terminal)
  if (environment[name]?.trim()) {
    terminal.warn(`${name} is still set in this shell's environment: unset ${name}, or open a new terminal.`)
  }
}

/**
 * Keeps every setting that the environment has a value for, in `.env` and in the platform's store, and prints the
 * results. What `npm run sandbox` prints for an app is left out, and an invalid value with a warning. Returns how many were kept, and how many were invalid.
 */
export async function saveEnvironment(
  workspace: Workspace,
  terminal: Terminal,
  all: Environment = process.env,
): Promise<{ readonly saved: number; readonly invalid: number }> {
  const environment = withoutPasted(all)
  const path = envFile(environment)
  const changes = new Map<SettingName, EnvFileChange>()
  let invalid = 0
  for (const name of SETTING_NAMES) {
    const value = environment[name] ?? ''
    if (name === 'WORKSPACE_ENV_FILE' || value.trim() === '') continue
    try {
      requireValid(name, value)
      changes.set(name, setEnvValue(path, name, value))
    } catch (error) {
      if (!(error instanceof UserError && OF_ONE_VALUE.has(error.code))) throw error
      invalid++
      const reason = whyInvalid(name, value) ?? 'has a value that no .env file can hold'
      terminal.warn(`${name} is not kept: in the environment it ${reason}.`)
    }
  }
  const saved = [...changes.keys()]
  const changed = saved.filter((name) => changes.get(name)?.changed)
  if (changed.length > 0) terminal.done(`${changed.join(', ')}: kept in ${path}.`)
  else if (saved.length > 0) terminal.done(`${path} has everything that the environment has.`)
  const [first] = changes.values()
  if (first) await warnAboutFile(path, first, terminal)
  await keepAtPlatform(workspace, terminal, saved, environment)
  return { saved: saved.length, invalid }
}

/** Errors of one value: the other settings are still kept. */
const OF_ONE_VALUE = new Set(['SETTING_INVALID', 'ENV_VALUE_UNWRITABLE'])

/** Prints one line for all settings that were kept, because setup may keep twenty of them. */
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
    if (result.outcome === 'failed') printResult(name, result, terminal)
  }
  if (kept.length > 0) terminal.done(`${kept.join(', ')}: kept by ${workspace.name} for its next start.`)
  if (names.length > 0 && workspace.hint) terminal.line(terminal.dim(`  ${workspace.hint}`))
}

/** Warns when other users could read the file, and when git would commit it. */
async function warnAboutFile(path: string, change: EnvFileChange, terminal: Terminal): Promise<void> {
  if (change.loosened) {
    terminal.warn(
      `${path} could be read by other users (mode ${change.loosened}); now only you can read it (600).`,
    )
  }
  if (await isCommittable(path)) {
    terminal.warn(`git does not ignore ${path}: add it to .gitignore, so that no secret is committed.`)
  }
}

export function printResult(name: SettingName, { outcome, detail }: KeepResult, terminal: Terminal): void {
  if (outcome === 'failed') terminal.warn(`${name}: ${detail}`)
  else terminal.line(terminal.dim(`  ${detail}`))
}

/** Whether git would commit the file. False without git, and outside a repository. */
export async function isCommittable(path: string): Promise<boolean> {
  const { $ } = await import('zx')
  const git = $({ cwd: dirname(path), nothrow: true, quiet: true, verbose: false })
  const { exitCode } = await git`git check-ignore --quiet -- ${basename(path)}`
  // 0: ignored. 1: not ignored, or committed already. 128: no repository. 127: no git.
  return exitCode === 1
}
