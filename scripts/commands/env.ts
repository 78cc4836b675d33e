import { UserError } from '../../contracts/user-error.ts'
import { runCommand } from '../command-line/command.ts'
import { applySettings } from '../env/apply.ts'
import { readAssignment } from '../env/ask.ts'
import { requireSettingName } from '../env/check.ts'
import { forgetSetting, keepSetting, saveEnvironment } from '../env/keep.ts'
import { keepPorts, warnOfTakenPorts } from '../env/ports.ts'
import { showSettings } from '../env/table.ts'
import { PORT_ROW } from '../processes/port-row.ts'
import { detectWorkspace } from '../workspace/index.ts'

const meta = {
  name: 'env',
  summary:
    'Shows the settings and where each comes from, or keeps one in .env and in the cloud platform’s store.',
  ifInterrupted: 'npm run env shows what is kept.',
  positionals: '[NAME | NAME=value]',
  options: {
    save: { type: 'boolean', meaning: 'Keeps every known setting that the current environment has' },
    unset: { type: 'string', meaning: 'Removes a setting, by its name' },
    ports: {
      type: 'string',
      meaning: 'Keeps six ports in a row, beginning with this one, for all processes',
    },
    restart: { type: 'boolean', meaning: 'Restarts the processes that have an old value' },
  },
  examples: [
    'npm run env -- HONEYCOMB_API_KEY              asks for it, without echo',
    'printf %s "$KEY" | npm run --silent env -- HONEYCOMB_API_KEY',
    'npm run env -- AWS_REGION=eu-central-1',
    'npm run env -- --unset HONEYCOMB_API_KEY',
    'npm run env -- --ports 20010                  where several workspaces share a machine',
  ],
} as const

await runCommand(meta, async ({ values: { save, unset, ports, restart = false }, positionals, terminal }) => {
  const [assignment] = positionals
  const tasks = [save, unset !== undefined, ports !== undefined, ...positionals.map(() => true)].filter(
    Boolean,
  )
  if (tasks.length > 1) {
    throw new UserError({
      code: 'USAGE',
      what: 'Only one of NAME, --save, --unset and --ports can be given.',
      fix: 'npm run env -- --help',
    })
  }

  const workspace = detectWorkspace()
  if (tasks.length === 0) showSettings(terminal)
  if (unset !== undefined) await forgetSetting(workspace, terminal, requireSettingName(unset))
  if (ports !== undefined) await keepPorts(workspace, terminal, ports)
  if (assignment !== undefined) {
    const { name, value } = await readAssignment(assignment, terminal)
    await keepSetting(workspace, terminal, name, value)
  }
  if (save) {
    const { saved, invalid } = await saveEnvironment(workspace, terminal)
    if (invalid > 0) process.exitCode = 1
    if (saved === 0) return terminal.line('The environment has none of the settings.')
  }
  const named = unset ?? assignment?.split('=')[0]
  if (save || ports !== undefined || PORT_ROW.some((one) => one === named)) await warnOfTakenPorts(terminal)
  await applySettings(terminal, { restart })
})
