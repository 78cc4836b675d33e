import { type Settings, stateDirectory } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { ensureRunning } from '../processes/ensure-running.ts'
import { readStatus } from '../processes/status.ts'
import { stopAll } from '../processes/stop-all.ts'

/** Starts everything again, with the code and the settings of now. Data and evidence stay. */
export async function restart(settings: Settings, terminal: Terminal): Promise<void> {
  await stopAll(settings, terminal)
  await ensureRunning(settings, terminal)
}

/** The same where something runs; says how to start where nothing does. */
export async function restartIfRunning(settings: Settings, terminal: Terminal): Promise<void> {
  const { processes } = await readStatus(stateDirectory(settings))
  if (processes.some(({ pid }) => pid !== null)) await restart(settings, terminal)
  else terminal.line('  Nothing runs: npm run setup starts it.')
}
