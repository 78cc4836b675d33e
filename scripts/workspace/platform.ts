import type { SettingName } from '../../settings/catalogue.ts'
import type { Environment } from '../../settings/read.ts'

export type WorkspaceKind = 'gitpod' | 'ona' | 'codespaces' | 'devcontainer' | 'local'

/**
 * The result of keeping or forgetting a variable in the platform's store. done: the store has changed. skipped: there is
 * nothing to change. failed: the store should have changed and has not. `scripts/env/` writes `.env`.
 */
export interface KeepResult {
  readonly outcome: 'done' | 'skipped' | 'failed'
  /** A sentence for the person. It never has the value. */
  readonly detail: string
}

/** The platform that the repository is open in. */
export interface Workspace {
  readonly kind: WorkspaceKind
  /** The platform's name for people. */
  readonly name: string
  /** The platform's name of this workspace; undefined without a platform. */
  readonly id: string | undefined
  /** What a person has to do on the platform's website, because no script can. */
  readonly hint: string | undefined
  /** The address that services must listen on for the platform to reach them; undefined when loopback is enough. */
  readonly listenHost?: string
  /** The URL at which a browser reaches a port of this workspace, without a final slash. */
  portUrl(port: number): string | Promise<string>
  /** Keeps a variable for the next start of the workspace. Never throws, and never prints the value. */
  keep(name: SettingName, value: string): Promise<KeepResult>
  /** Removes a kept variable. Never throws. */
  forget(name: SettingName): Promise<KeepResult>
}

export const done = (detail: string): KeepResult => ({ outcome: 'done', detail })
export const skipped = (detail: string): KeepResult => ({ outcome: 'skipped', detail })
export const failed = (detail: string): KeepResult => ({ outcome: 'failed', detail })

/** The platform's tool asks a server, which may not answer. */
const CLI_TIMEOUT = '30s'

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
    timeout: CLI_TIMEOUT,
    stdio: ['ignore', 'pipe', 'pipe'],
    log: () => {},
  })
  const { exitCode, stdout } = await quiet`${command}`
  const outcome = exitCode === 0 ? 'ok' : exitCode === NOT_FOUND ? 'absent' : 'failed'
  return { outcome, stdout }
}
