import { join } from 'node:path'
import { rawStateDirectory } from '../../settings/read.ts'
import { runCommand } from '../command-line/command.ts'
import { untilInterrupted } from '../command-line/interruption.ts'
import { isBackedUp } from '../command-line/output-stream.ts'
import { containerLogs, nameContainers } from '../containers/commands.ts'
import { findContainersHere } from '../containers/status.ts'
import { linePrinter, listLogs, showLogs } from '../processes/log-files.ts'

await runCommand(
  {
    name: 'logs',
    summary: 'Shows the last 50 lines of each log and follows them until Ctrl-C.',
    options: { 'no-follow': { type: 'boolean', meaning: 'Ends after the last lines, without following' } },
    positionals: '[NAME …]',
    examples: ['npm run logs', 'npm run logs -- api', 'npm run logs -- --no-follow sandbox profiles'],
  },
  async ({ values, positionals, terminal }) => {
    const directory = join(rawStateDirectory(), 'logs')
    const ended = untilInterrupted()
    // `npm run logs | head` closes the pipe, which ends this command without an error.
    process.stdout.on('error', () => process.exit(0))
    const names = positionals.length > 0 ? positionals : listLogs(directory)
    const containers = await findContainersHere()
    if (containers) {
      const theirs = containerLogs(containers, positionals)
      terminal.warn(`Containers answer, not processes: ${nameContainers(containers)}. Their logs: ${theirs}`)
    }
    if (names.length === 0) terminal.line('No logs yet: npm run setup, or npm start, makes some.')
    await showLogs(directory, {
      // Without names, also the logs that are created later.
      names: positionals,
      follow: !values['no-follow'],
      signal: ended,
      isPaused: () => isBackedUp(process.stdout),
      write: linePrinter(terminal, names),
    })
  },
)
