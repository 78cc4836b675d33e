import type { Environment } from '../../settings/read.ts'

/** A platform's tool asks its server; one that does not answer must not hang a set-up. */
const TIMEOUT = '30s'

/** What a shell exits with when there is no such command (POSIX, 2.8.2). */
const NOT_FOUND = 127

export interface CliResult {
  readonly outcome: 'ok' | 'failed' | 'absent'
  /** May hold secrets: to be searched, never to be printed. */
  readonly stdout: string
}

/**
 * Runs a platform's command line tool. Its arguments may be secrets, and it may echo them: nothing of the command, of
 * its stdout or of its stderr is printed, whatever ZX_VERBOSE says. Never throws.
 */
export async function runCli(command: readonly string[], environment: Environment): Promise<CliResult> {
  // Loaded here, since most runs ask no platform: it takes a tenth of a second.
  const { $ } = await import('zx')
  const quiet = $({
    env: { ...environment },
    nothrow: true,
    quiet: true,
    verbose: false,
    timeout: TIMEOUT,
    stdio: ['ignore', 'pipe', 'pipe'],
    log: () => {},
  })
  const { exitCode, stdout } = await quiet`${command}`
  const outcome = exitCode === 0 ? 'ok' : exitCode === NOT_FOUND ? 'absent' : 'failed'
  return { outcome, stdout }
}
