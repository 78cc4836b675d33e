import { rawStateDirectory } from '../../settings/read.ts'
import { runCommand } from '../command-line/command.ts'
import { endContainers, nameContainers } from '../containers/commands.ts'
import { findContainersHere } from '../containers/status.ts'
import { stopAll } from '../processes/stop.ts'
import { stopTailSampling } from '../tail-sampling/stop.ts'

await runCommand(
  {
    name: 'stop',
    summary: 'Stops everything that setup or start began, in order, so that nothing unsent is lost.',
  },
  async ({ terminal }) => {
    // Unparsed: a setting that was spoilt since the start must not keep anything running.
    const state = { WORKSPACE_STATE_DIR: rawStateDirectory() }
    // Before the workspace, which a run of the collectors sends to.
    await stopTailSampling(state)
    const { stopped } = await stopAll(state, terminal)
    const containers = stopped.length === 0 ? await findContainersHere() : undefined
    if (containers) {
      terminal.line(
        `Containers answer: ${nameContainers(containers)}. To end them: ${endContainers(containers)}`,
      )
    }
  },
)
