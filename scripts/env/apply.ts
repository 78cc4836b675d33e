import { rawStateDirectory, readSettings } from '../../settings/read.ts'
import type { Terminal } from '../command-line/terminal.ts'
import { startOf } from '../processes/state.ts'
import { readStatus } from '../processes/status.ts'

/** The findings that a changed setting may have caused. A change of code or a crash is not this command's subject. */
const OF_SETTINGS = new Set(['SETTINGS_CHANGED', 'PROCESS_MISSING', 'PROCESS_UNWANTED'])

/**
 * A process keeps the settings that it was started with. Restarts the processes whose settings have changed, or warns
 * about them.
 */
export async function applySettings(
  terminal: Terminal,
  { restart }: { readonly restart: boolean },
): Promise<void> {
  const { processes, findings, scope } = await readStatus(rawStateDirectory())
  const isAlive = processes.some(({ pid }) => pid !== null)
  if (restart) {
    if (!isAlive && findings.length === 0) return terminal.line('Nothing runs: npm run setup starts it.')
    // Loaded here because most runs restart nothing.
    const { ensureRunning } = await import('../processes/ensure-running.ts')
    const { outcome } = await ensureRunning(readSettings(), terminal, { scope })
    if (outcome === 'found') terminal.done('Everything runs with the settings as they are now.')
    return
  }
  const old = findings.filter(({ code }) => OF_SETTINGS.has(code))
  if (!isAlive || old.length === 0) return
  for (const { what } of old) terminal.warn(what)
  terminal.line(
    `  npm run env -- --restart, or ${startOf(scope)}, makes them run with the settings as they are now.`,
  )
}
