import { readSettings } from '../../settings/read.ts'
import { runCommand } from '../command-line/command.ts'
import { createTerminal } from '../command-line/terminal.ts'
import { requireStack, STACKS } from '../own-app/stacks.ts'
import { startForApp } from '../own-app/start.ts'

await runCommand(
  {
    name: 'sandbox',
    summary:
      'Starts the sandbox alone in the background, for an app of your own, and prints what the app needs.',
    ifInterrupted: 'npm run sandbox continues from here.',
    options: {
      env: { type: 'string', meaning: `Prints what one stack needs: ${STACKS.join(', ')}` },
    },
    examples: [
      'npm run sandbox',
      'npm run sandbox -- --env flask',
      'eval "$(npm run --silent sandbox -- --env flask)"    sets the variables in this shell',
    ],
    notes: [
      'Standard output has lines for the shell only; everything else goes to standard error.',
      'Where the whole workspace runs already, nothing is started. `npm stop` ends the sandbox.',
    ],
  },
  async ({ values }) => {
    const stack = requireStack(values.env)
    // Standard output is for `eval`.
    const terminal = createTerminal(process.stderr)
    process.stdout.write(await startForApp(readSettings(), stack, terminal))
  },
)
