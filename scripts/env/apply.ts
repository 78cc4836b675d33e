import { rawStateDirectory, readSettings } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { readStatus } from '../processes/status.ts'

/**
 * A process keeps the settings that it was started with. Restarts the processes whose settings have changed, or warns
 * about them.
 */
export async function applySettings(
  terminal: Terminal,
  { restart }: { readonly restart: boolean },
): Promise<void> {
  const { processes, findings } = await readStatus(rawStateDirectory())
  const isAlive = processes.some(({ pid }) => pid !== null)
  if (restart) {
    if (!isAlive && findings.length === 0) return terminal.line('Nothing runs: npm run setup starts it.')
    // Loaded here because most runs restart nothing.
    const { ensureRunning } = await import('../processes/ensure-running.ts')
    await ensureRunning(readSettings(), terminal)
    return
  }
  if (!isAlive || findings.length === 0) return
  for (const { message } of findings) terminal.warn(message)
  terminal.line('  They have the old values: npm run env -- --restart, or npm run setup, starts them again.')
}
