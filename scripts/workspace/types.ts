import type { SettingName } from '../../settings/catalogue.ts'

export type WorkspaceKind = 'gitpod' | 'ona' | 'codespaces' | 'devcontainer' | 'local'

/**
 * What came of keeping or forgetting a variable in the platform's own store.
 * done: the store has followed. skipped: there is nothing to follow, and that is as it should be. failed: the store
 * should have followed and has not. `.env` is no part of this: it is written by `scripts/env/`.
 */
export interface KeepResult {
  readonly outcome: 'done' | 'skipped' | 'failed'
  /** A sentence for the person, without the value. */
  readonly detail: string
}

/** The place that the repository is open in. */
export interface Workspace {
  readonly kind: WorkspaceKind
  /** The platform's name as people say it. */
  readonly name: string
  /** What the platform calls this one of its workspaces; undefined where there is nobody to name it. */
  readonly id: string | undefined
  /** What the platform cannot do by a script, and where a person does it instead. */
  readonly hint: string | undefined
  /** Where services must listen for the platform to find them, where loopback is not enough. */
  readonly listenHost?: string
  /** The address at which a browser reaches a port of this workspace; no slash at its end. */
  portUrl(port: number): string | Promise<string>
  /** Keeps a variable for the next start of the workspace. Never throws; the value is never printed. */
  keep(name: SettingName, value: string): Promise<KeepResult>
  /** Takes a kept variable away again. Never throws. */
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
