import { readSettings } from '../../settings/read.ts'
import { runCommand } from '../command-line/command.ts'
import { runForeground } from '../processes/foreground.ts'
import { ensureViewer } from '../viewer/build.ts'

await runCommand(
  {
    name: 'start',
    summary:
      'Runs the sample backend, its database and the sandbox in the foreground, until Ctrl-C; `npm run setup` runs them in the background.',
  },
  async ({ terminal }) => {
    const settings = readSettings()
    await ensureViewer(terminal)
    return runForeground(settings, terminal)
  },
)
