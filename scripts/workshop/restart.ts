import { type Settings, stateDirectory } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { ensureRunning } from '../processes/ensure-running.ts'
import { readStatus } from '../processes/status.ts'

/** Starts the processes whose code or settings have changed, and those that do not run. Data and evidence stay. */
export async function restart(settings: Settings, terminal: Terminal): Promise<void> {
  const { outcome } = await ensureRunning(settings, terminal)
  if (outcome === 'found')
    terminal.done('Nothing has changed: every process runs the code and the settings of now.')
}

/** The same where something runs; says how to start where nothing does. */
export async function restartIfRunning(settings: Settings, terminal: Terminal): Promise<void> {
  const { processes, scope } = await readStatus(stateDirectory(settings))
  const isRunning = processes.some(({ pid }) => pid !== null)
  if (isRunning && scope === 'sandbox')
    terminal.line('  Only the sandbox runs (npm run sandbox): npm run setup adds the backend.')
  else if (isRunning) await restart(settings, terminal)
  else terminal.line('  Nothing runs: npm run setup starts it.')
}
