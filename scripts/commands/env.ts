import { UserError } from '../../contracts/user-error.ts'
import { SETTINGS, type Setting } from '../../settings/catalogue.ts'
import { rawStateDirectory, readSettings } from '../../settings/read.ts'
import { runCommand } from '../command-line/command.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { askValue } from '../env/ask.ts'
import { forgetSetting, keepSetting } from '../env/keep.ts'
import { saveEnvironment } from '../env/save-environment.ts'
import { requireSettingName } from '../env/setting-name.ts'
import { showSettings } from '../env/table.ts'
import { ensureRunning } from '../processes/ensure-running.ts'
import { readStatus } from '../processes/status.ts'
import { detectWorkspace } from '../workspace/index.ts'

const meta = {
  name: 'env',
  summary: 'Shows the settings and where each comes from, or keeps one in .env and at the platform.',
  positionals: '[NAME | NAME=value]',
  options: {
    save: { type: 'boolean', meaning: 'Keeps every known setting that the current environment has' },
    unset: { type: 'string', meaning: 'Takes a setting away again, by its name' },
    restart: { type: 'boolean', meaning: 'Starts what runs again, so that it has the new value' },
  },
  examples: [
    'npm run env -- HONEYCOMB_API_KEY              asks for it, without echo',
    'printf %s "$KEY" | npm run --silent env -- HONEYCOMB_API_KEY',
    'npm run env -- AWS_REGION=eu-central-1',
    'npm run env -- --unset HONEYCOMB_API_KEY',
  ],
} as const

await runCommand(meta, async ({ values, positionals, terminal }) => {
  const ways = [values.save, values.unset !== undefined, positionals.length > 0].filter(Boolean)
  if (ways.length > 1 || positionals.length > 1) {
    throw new UserError({ code: 'USAGE', what: 'One thing at a time.', fix: 'npm run env -- --help' })
  }
  if (ways.length === 0) {
    showSettings(terminal)
    terminal.line(
      `\n${terminal.dim('To set one: npm run env -- NAME. The environment wins over .env, and .env over defaults.')}`,
    )
    await tellWhatRuns(terminal, values.restart ?? false)
    return
  }
  const workspace = detectWorkspace()
  if (values.save) {
    const { saved, invalid } = await saveEnvironment(workspace, terminal)
    if (invalid.length > 0) process.exitCode = 1
    if (saved.length === 0) return terminal.line('The environment has none of the settings.')
  } else if (values.unset !== undefined) {
    await forgetSetting(workspace, terminal, requireSettingName(values.unset))
  } else {
    const [name, value] = await readAssignment(positionals[0] ?? '', terminal)
    await keepSetting(workspace, terminal, name, value)
  }
  await tellWhatRuns(terminal, values.restart ?? false)
})

/** A process has what it was started with. Says so where that is no longer what is set, or starts it again. */
async function tellWhatRuns(terminal: Terminal, isToRestart: boolean): Promise<void> {
  const status = await readStatus(rawStateDirectory())
  const isAlive = status.processes.some(({ pid }) => pid !== null)
  if (isToRestart) {
    if (isAlive || status.findings.length > 0) await ensureRunning(readSettings(), terminal)
    else terminal.line('Nothing runs: npm run setup starts it.')
    return
  }
  if (!isAlive || status.findings.length === 0) return
  for (const { message } of status.findings) terminal.warn(message)
  terminal.line('  They have the old values: npm run env -- --restart, or npm run setup, starts them again.')
}

async function readAssignment(argument: string, terminal: Terminal) {
  const at = argument.indexOf('=')
  if (at === -1) {
    const name = requireSettingName(argument)
    return [name, await askValue(name)] as const
  }
  const name = requireSettingName(argument.slice(0, at))
  const setting: Setting = SETTINGS[name]
  if (setting.secret) {
    terminal.warn(
      `${name} is a secret, and the shell's history has it now: next time \`npm run env -- ${name}\` asks for it.`,
    )
  }
  return [name, argument.slice(at + 1)] as const
}
