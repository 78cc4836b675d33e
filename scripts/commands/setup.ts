import { runCommand } from '../command-line/command.ts'
import { setUp } from '../setup/setup.ts'

await runCommand(
  {
    name: 'setup',
    summary: 'Starts everything, and proves that one request arrives in Honeycomb, AWS X-Ray and Rollbar.',
    ifInterrupted: 'npm run setup continues from here; npm run status shows what runs.',
    options: {
      yes: { type: 'boolean', short: 'y', meaning: 'Asks nothing: a provider without credentials is local' },
    },
    examples: ['npm run setup', 'npm run setup -- --yes'],
  },
  async ({ values, terminal }) => {
    const mayAsk = !values.yes && process.stdin.isTTY === true && process.stdout.isTTY === true
    if (!(await setUp(terminal, { mayAsk }))) process.exitCode = 1
  },
)
