import type { SettingName } from '../../settings/catalogue.ts'

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

export function done(detail: string): KeepResult {
  return { outcome: 'done', detail }
}

export function skipped(detail: string): KeepResult {
  return { outcome: 'skipped', detail }
}

export function failed(detail: string): KeepResult {
  return { outcome: 'failed', detail }
}
