import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { inject } from 'vitest'
import { freePorts } from './ports.ts'
import { type Finished, run } from './run.ts'
import { copyTemplate } from './shared-database.ts'
import type { StoredTrace } from './stored-trace.ts'

const ROOT = resolve(import.meta.dirname, '..', '..')

export interface TestWorkspace {
  readonly folder: string
  readonly env: Readonly<Record<string, string>>
  readonly ports: {
    readonly api: number
    readonly profiles: number
    readonly sandbox: number
    readonly daemon: number
    readonly database: number
  }
  readonly api: string
  readonly sandbox: string
  /** Runs one of the workspace's commands, as its npm script does, but for npm. */
  command(name: string, args?: readonly string[], env?: Readonly<Record<string, string>>): Promise<Finished>
  /** What the sandbox has of a trace. */
  trace(traceId: string): Promise<StoredTrace>
  /** The end of every log: what a failing test should show. */
  logs(): string
  dispose(): Promise<void>
}

/**
 * Where a workspace's posts are: in the Postgres of the whole test run, which costs nothing to start; in an embedded
 * one of its own; or in one that has no cluster yet, which takes longest.
 */
export type DatabaseKind = 'shared' | 'embedded' | 'from nothing'

/**
 * A workspace of its own beside any other: state, `.env` and ports in a temporary folder, and an environment with
 * nothing in it but what a shell has, and the database.
 */
export async function createWorkspace(
  env: Readonly<Record<string, string>> = {},
  { database: kind = 'shared' }: { readonly database?: DatabaseKind } = {},
): Promise<TestWorkspace> {
  const folder = mkdtempSync(join(tmpdir(), 'tracing-workspace-'))
  const [api = 0, profiles = 0, sandbox = 0, daemon = 0, database = 0] = await freePorts(5)
  if (kind === 'embedded') copyTemplate(join(folder, 'state'))
  const environment = {
    ...bareEnvironment(),
    // As the bootstrap does.
    NODE_COMPILE_CACHE: join(ROOT, 'node_modules', '.cache', 'node-compile'),
    WORKSPACE_STATE_DIR: join(folder, 'state'),
    WORKSPACE_ENV_FILE: join(folder, '.env'),
    PORT: String(api),
    PROFILES_PORT: String(profiles),
    DATABASE_PORT: String(database),
    SANDBOX_PORT: String(sandbox),
    AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${daemon}`,
    ...(kind === 'shared' && { DATABASE_URL: inject('databaseUrl') }),
    ...env,
  }
  const command: TestWorkspace['command'] = (name, args = [], more = {}) =>
    run(process.execPath, [join(ROOT, 'scripts', `${name}.ts`), ...args], {
      cwd: ROOT,
      env: { ...environment, ...more },
    })
  return {
    folder,
    env: environment,
    ports: { api, profiles, sandbox, daemon, database },
    api: `http://127.0.0.1:${api}`,
    sandbox: `http://127.0.0.1:${sandbox}`,
    command,
    trace: async (traceId) => {
      const response = await fetch(`http://127.0.0.1:${sandbox}/sandbox/traces/${traceId}`)
      return (await response.json()) as StoredTrace
    },
    logs: () =>
      ['supervisor', 'sandbox', 'database', 'profiles', 'api']
        .map((name) => `── ${name}\n${tail(join(folder, 'state', 'logs', `${name}.log`))}`)
        .join('\n'),
    dispose: async () => {
      // What a test has started by itself it has stopped by itself.
      if (existsSync(join(folder, 'state', 'run'))) await command('stop')
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

/** What `env -i HOME=… PATH=…` leaves. */
export function bareEnvironment(): Record<string, string> {
  return { HOME: process.env.HOME ?? '/', PATH: process.env.PATH ?? '' }
}

function tail(path: string): string {
  try {
    return readFileSync(path, 'utf8').split('\n').slice(-20).join('\n')
  } catch {
    return '(none)'
  }
}
