import { readSettings } from '../../settings/read.ts'
import { runCommand } from '../command-line/command.ts'
import { runForeground } from '../processes/foreground.ts'
import { ensureViewer } from '../viewer/build.ts'

await runCommand(
  {
    name: 'start',
    summary:
      'Runs the sample and what it needs in the foreground, until Ctrl-C; `npm run setup` runs the same in the background.',
  },
  async ({ terminal }) => {
    const settings = readSettings()
    await ensureViewer(terminal)
    return runForeground(settings, terminal)
  },
)
