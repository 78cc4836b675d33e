import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { inject } from 'vitest'
import { sandboxOptions, startSandbox } from '../../sandbox/start-sandbox.ts'
import { reconcileAws } from '../../scripts/aws/reconcile.ts'
import { silentTerminal } from '../../scripts/command-line/terminal.ts'
import { type Verification, verify } from '../../scripts/verification/verify.ts'
import { resolveProviders } from '../../settings/providers.ts'
import { readSettings } from '../../settings/read.ts'
import { copyTemplate } from './database-template.ts'
import { freePorts } from './ports.ts'
import { type RunningProcess, startProcess } from './process.ts'
import { type Finished, run } from './run.ts'
import type { StoredTrace } from './stored-trace.ts'

const ROOT = resolve(import.meta.dirname, '..', '..')
/** The folder that the bootstrap sets, so that a process does not compile what another has compiled. */
const NODE_COMPILE_CACHE = join(ROOT, 'node_modules', '.cache', 'node-compile')
/** How long `verify` waits for what a provider lacks (ms). */
const VERIFY_MS = 3_000

export type Environment = Readonly<Record<string, string>>

export type ProcessName = 'sandbox' | 'database' | 'profiles' | 'api'

/** How `npm start` runs each process. */
const COMMAND_LINES: Readonly<Record<ProcessName, readonly string[]>> = {
  sandbox: ['sandbox/server.ts'],
  database: ['--liftoff-only', 'backend/database/server.ts'],
  profiles: ['--import', './backend/profiles/instrumentation.ts', 'backend/profiles/server.ts'],
  api: ['--import', './backend/api/instrumentation.ts', 'backend/api/server.ts'],
}

export interface TestWorkspace {
  readonly folder: string
  readonly env: Environment
  readonly ports: {
    readonly api: number
    readonly profiles: number
    readonly sandbox: number
    readonly daemon: number
    readonly database: number
  }
  readonly api: string
  readonly profiles: string
  readonly sandbox: string
  /** Runs `npm run setup -- --yes`, and fails with its output and the logs where setup does. */
  setUp(env?: Environment): Promise<Finished>
  /** Runs a command as a process: what its npm script runs, without npm. */
  command(name: string, args?: readonly string[], env?: Environment): Promise<Finished>
  /** Starts one process; `env` is added to the workspace's environment. `dispose` stops it. */
  start(name: ProcessName, env?: Environment): Promise<RunningProcess>
  /** Starts the sandbox in this process, for tests whose subject is elsewhere: half a second of CPU less. */
  startSandboxHere(): Promise<void>
  /** Starts profiles and the api, and the sandbox in this process unless it already runs here. */
  startServices(env?: Environment): Promise<{ profiles: RunningProcess; api: RunningProcess }>
  /** Stops what the methods above have started, the last first. Returns the exit codes of the processes. */
  stopServices(): Promise<(number | null)[]>
  /** What `npm run verify` does, in this process; it waits no longer than three seconds for what is missing. */
  verify(env?: Environment): Promise<Verification>
  /** What `npm run aws` does, in this process. */
  createRules(): Promise<void>
  /** What the sandbox has of a trace. */
  trace(traceId: string): Promise<StoredTrace>
  /** The last lines of every log, for the message of a failing test. */
  logs(): string
  dispose(): Promise<void>
}

/**
 * Where a workspace's posts are: in the Postgres that the whole test run shares, which costs nothing to start; in an
 * embedded Postgres with a copied cluster; or in one without a cluster, which takes longest.
 */
export type DatabaseKind = 'shared' | 'embedded' | 'from nothing'

/**
 * A workspace beside any other: state, `.env` and ports in a temporary folder, and an environment with what a shell
 * has, the database, and `env`. Nothing runs yet.
 */
export async function createWorkspace(
  env: Environment = {},
  { database = 'shared' }: { readonly database?: DatabaseKind } = {},
): Promise<TestWorkspace> {
  const place = await newPlace()
  if (database === 'embedded') copyTemplate(join(place.folder, 'state'))
  return openWorkspace(place, {
    ...(database === 'shared' && { DATABASE_URL: inject('databaseUrl') }),
    ...env,
  })
}

/** The part of a workspace that can be passed between processes. */
export type WorkspacePlace = Pick<TestWorkspace, 'folder' | 'ports'>

export async function newPlace(): Promise<WorkspacePlace> {
  const folder = mkdtempSync(join(tmpdir(), 'tracing-workspace-'))
  const [api = 0, profiles = 0, sandbox = 0, daemon = 0, database = 0] = await freePorts(5)
  return { folder, ports: { api, profiles, sandbox, daemon, database } }
}

export function openWorkspace({ folder, ports }: WorkspacePlace, env: Environment): TestWorkspace {
  const { api, profiles, sandbox, daemon, database } = ports
  const environment: Environment = {
    ...bareEnvironment(),
    NODE_COMPILE_CACHE,
    WORKSPACE_STATE_DIR: join(folder, 'state'),
    WORKSPACE_ENV_FILE: join(folder, '.env'),
    PORT: String(api),
    PROFILES_PORT: String(profiles),
    DATABASE_PORT: String(database),
    SANDBOX_PORT: String(sandbox),
    AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${daemon}`,
    ...env,
  }
  const url = (port: number) => `http://127.0.0.1:${port}`
  const started: { stop(): Promise<number | null> }[] = []
  let hasSandbox = false
  const workspace: TestWorkspace = {
    folder,
    env: environment,
    ports,
    api: url(api),
    profiles: url(profiles),
    sandbox: url(sandbox),
    async setUp(more) {
      const finished = await workspace.command('setup', ['--yes'], more)
      if (finished.code === 0) return finished
      const { code, stdout, stderr } = finished
      throw new Error(`setup ended with ${code}:\n${stdout}${stderr}${workspace.logs()}`)
    },
    command: (name, args = [], more = {}) =>
      run(process.execPath, [join(ROOT, 'scripts', 'commands', `${name}.ts`), ...args], {
        cwd: ROOT,
        env: { ...environment, ...more },
      }),
    async start(name, more = {}) {
      const health = name === 'database' ? `postgresql://127.0.0.1:${database}` : `${url(ports[name])}/health`
      const process = await startProcess(COMMAND_LINES[name], { ...environment, ...more }, health)
      started.push(process)
      return process
    },
    async startSandboxHere() {
      hasSandbox = true
      const { settings, providers } = read(environment)
      const running = await startSandbox(sandboxOptions(settings, providers))
      started.push({ stop: () => running.close().then(() => 0) })
    },
    async startServices(more) {
      if (!hasSandbox) await workspace.startSandboxHere()
      // Both are awaited to their end, so that neither is left running where the other fails.
      const [one, other] = await Promise.allSettled([
        workspace.start('profiles', more),
        workspace.start('api', more),
      ])
      if (one.status === 'rejected') throw one.reason
      if (other.status === 'rejected') throw other.reason
      return { profiles: one.value, api: other.value }
    },
    async stopServices() {
      hasSandbox = false
      const codes: (number | null)[] = []
      for (const one of started.splice(0).reverse()) codes.push(await one.stop())
      return codes
    },
    async verify(more = {}) {
      const { settings, providers } = read({ ...environment, ...more })
      const options = { sandboxPage: url(sandbox), deadlinesMs: { local: VERIFY_MS, live: VERIFY_MS } }
      return verify(settings, providers, options)
    },
    async createRules() {
      const { settings, providers } = read(environment)
      await reconcileAws(settings, providers, silentTerminal())
    },
    trace: async (traceId) => {
      const response = await fetch(`${url(sandbox)}/sandbox/traces/${traceId}`)
      return (await response.json()) as StoredTrace
    },
    logs: () =>
      ['sandbox', 'database', 'profiles', 'api']
        .map((name) => `── ${name}\n${tail(join(folder, 'state', 'logs', `${name}.log`))}`)
        .join('\n'),
    dispose: async () => {
      await workspace.stopServices()
      if (existsSync(join(folder, 'state', 'run'))) await workspace.command('stop')
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
    },
  }
  return workspace
}

function read(environment: Environment) {
  const settings = readSettings(environment)
  return { settings, providers: resolveProviders(settings, environment) }
}

/** What `env -i HOME=… PATH=…` leaves. */
export function bareEnvironment(): Record<string, string> {
  return { HOME: process.env.HOME ?? '/', PATH: process.env.PATH ?? '' }
}

/** The states of Honeycomb, X-Ray and Rollbar, in this order. */
export const states = ({
  providers,
}: {
  providers: Readonly<Record<'honeycomb' | 'xray' | 'rollbar', { readonly state: string }>>
}) => [providers.honeycomb.state, providers.xray.state, providers.rollbar.state]

function tail(path: string): string {
  try {
    return readFileSync(path, 'utf8').split('\n').slice(-20).join('\n')
  } catch {
    return '(none)'
  }
}
