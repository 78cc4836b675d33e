import { rawStateDirectory } from '../../settings/read.ts'
import { runCommand } from '../command-line/command.ts'
import { stopAll } from '../processes/stop.ts'

await runCommand(
  {
    name: 'stop',
    summary: 'Stops everything that setup or start began, in order, so that nothing unsent is lost.',
  },
  async ({ terminal }) => {
    // Unparsed: a setting that was spoilt since the start must not keep anything running.
    await stopAll({ WORKSPACE_STATE_DIR: rawStateDirectory() }, terminal)
  },
)
