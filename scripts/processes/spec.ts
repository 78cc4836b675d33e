import type { Port } from '../../contracts/workspace-state.ts'

/**
 * http: `url` answers 200 with a JSON body whose `pid` is the process's own, so that another program on the port never
 * counts. postgres: a Postgres server answers. tcp: the port accepts connections.
 */
export type ReadySpec =
  | { readonly kind: 'http'; readonly url: string }
  | { readonly kind: 'postgres' | 'tcp'; readonly host: string; readonly port: number }

/** One process of the workspace, before it is started. */
export interface ProcessSpec {
  readonly name: string
  /** Processes of one stage start together, when every process of the earlier stages is ready. */
  readonly stage: number
  /**
   * The processes it sends to. Where one of them is stopped for a restart, this one is stopped before it and started
   * after it, so that no request and no telemetry fails in between.
   */
  readonly uses: readonly string[]
  readonly command: string
  readonly args: readonly string[]
  /** Its whole environment, apart from PATH, HOME and the like (spawn.ts). May hold secrets: never logged or written. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  /** Files and folders whose change means a restart, with all that they import; relative to `cwd`. */
  readonly sources: readonly string[]
  readonly ports: readonly Port[]
  readonly ready: ReadySpec
  /** The address that a person opens in a browser, if it has one. */
  readonly url?: string
  /** A file it cannot run without, and the error where that is missing. */
  readonly requires?: {
    readonly path: string
    readonly code: string
    readonly message: string
    readonly fix: string
  }
}
