import { rawStateDirectory } from '../../settings/read.ts'
import { runCommand } from '../command-line/command.ts'
import { jsonText } from '../command-line/data-text.ts'
import { withContainers } from '../containers/status.ts'
import { readStatus, withSentSegments } from '../processes/status.ts'
import { LEGEND, showStatus } from '../processes/status-table.ts'

await runCommand(
  {
    name: 'status',
    summary:
      'Shows each process with its port, memory and uptime, each provider’s mode, and what became of the telemetry.',
    options: { json: { type: 'boolean', meaning: 'Prints the data as JSON' } },
    notes: LEGEND,
  },
  async ({ values, terminal }) => {
    const status = await withSentSegments(await withContainers(await readStatus(rawStateDirectory())))
    if (values.json) process.stdout.write(`${jsonText(status, 2)}\n`)
    else showStatus(status, terminal)
  },
)
