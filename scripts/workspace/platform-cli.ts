import type { Environment } from '../../settings/read.ts'

/** The tool asks a server, which may not answer. */
const TIMEOUT = '30s'

/** The exit code of a shell for an unknown command (POSIX, 2.8.2). */
const NOT_FOUND = 127

export interface CliResult {
  readonly outcome: 'ok' | 'failed' | 'absent'
  /** May hold secrets: never print it. */
  readonly stdout: string
}

/**
 * Runs a platform's command line tool. Its arguments may be secrets, and it may echo them, so neither the command nor its
 * output is printed, even with ZX_VERBOSE. Never throws.
 */
export async function runCli(command: readonly string[], environment: Environment): Promise<CliResult> {
  // Imported here because zx takes 70 ms to load, and most commands need no platform.
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
