import { runCommand } from '../command-line/command.ts'
import { silentTerminal } from '../command-line/terminal.ts'
import { tearDown } from '../teardown/teardown.ts'
import { detectWorkspace } from '../workspace/index.ts'

const meta = {
  name: 'teardown',
  summary: 'Removes what setup has made, here and in AWS: says what, asks, does it, and proves it gone.',
  options: {
    yes: { type: 'boolean', short: 'y', meaning: 'Asks nothing' },
    'dry-run': { type: 'boolean', meaning: 'Says what would be removed, and removes nothing' },
    'keep-settings': { type: 'boolean', meaning: 'Leaves .env and the platform’s variables alone' },
  },
} as const

await runCommand(meta, async ({ values, terminal }) => {
  const isGone = await tearDown(detectWorkspace(), terminal, silentTerminal(), {
    yes: values.yes ?? false,
    dryRun: values['dry-run'] ?? false,
    keepSettings: values['keep-settings'] ?? false,
  })
  if (!isGone) process.exitCode = 1
})
