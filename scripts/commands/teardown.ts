import { runCommand } from '../command-line/command.ts'
import { tearDown } from '../teardown/teardown.ts'

const meta = {
  name: 'teardown',
  summary:
    'Removes what setup has created, here and in AWS: shows it, asks, removes it, and checks that it is gone.',
  ifInterrupted: 'npm run teardown removes the rest.',
  options: {
    yes: { type: 'boolean', short: 'y', meaning: 'Does not ask' },
    'dry-run': { type: 'boolean', meaning: 'Shows what would be removed, and removes nothing' },
    'keep-settings': { type: 'boolean', meaning: 'Keeps .env and the platform’s variables' },
  },
} as const

await runCommand(meta, async ({ values, terminal }) => {
  const isGone = await tearDown(terminal, {
    yes: values.yes ?? false,
    dryRun: values['dry-run'] ?? false,
    keepSettings: values['keep-settings'] ?? false,
  })
  if (!isGone) process.exitCode = 1
})
