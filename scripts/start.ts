import { readSettings } from '../settings/read.ts'
import { runCommand } from './command.ts'
import { runForeground } from './processes/foreground.ts'

await runCommand(
  {
    name: 'start',
    summary:
      'Runs the sample and what it needs in the foreground, until Ctrl-C; `npm run setup` runs the same in the background.',
  },
  async ({ terminal }) => runForeground(readSettings(), terminal),
)
