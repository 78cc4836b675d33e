import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import { newSpanId, newTraceId } from '../../contracts/trace-id.ts'
import { sandboxOptions, startSandbox } from '../../sandbox/start-sandbox.ts'
import { reconcileAws } from '../../scripts/aws/reconcile.ts'
import { silentTerminal } from '../../scripts/command-line/terminal.ts'
import { planProcesses } from '../../scripts/processes/plan.ts'
import { inherited } from '../../scripts/processes/spawn.ts'
import { readState, stateFolders } from '../../scripts/processes/state.ts'
import { stopAll } from '../../scripts/processes/stop.ts'
import { type Verification, verify } from '../../scripts/verification/verify.ts'
import { resolveProviders } from '../../settings/providers.ts'
import { readSettings } from '../../settings/read.ts'
import { copyTemplate } from './database-template.ts'
import { freePorts } from './ports.ts'
import { type Environment, ROOT, type RunningProcess, startProcess } from './process.ts'
import { type Finished, run } from './run.ts'
import type { StoredTrace } from './stored-trace.ts'

/** The folder that the bootstrap sets, so that a process does not compile what another has compiled. */
const NODE_COMPILE_CACHE = join(ROOT, 'node_modules', '.cache', 'node-compile')
/** How long `verify` waits for what a provider lacks (ms). */
const VERIFY_MS = 3_000

/**
 * Where a workspace's posts are: in the Postgres that the whole test run shares, which costs nothing to start; in an
 * embedded Postgres with a copied cluster; or in one without a cluster, which takes longest.
 */
type DatabaseKind = 'shared' | 'embedded' | 'from nothing'

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
  return new TestWorkspace(place, {
    ...(database === 'shared' && { DATABASE_URL: inject('databaseUrl') }),
    ...env,
  })
}

/** What identifies a workspace, and can be passed between processes. */
export interface WorkspacePlace {
  readonly folder: string
  readonly ports: Readonly<Record<'api' | 'profiles' | 'sandbox' | 'grpc' | 'daemon' | 'database', number>>
}

export async function newPlace(): Promise<WorkspacePlace> {
  const folder = mkdtempSync(join(tmpdir(), 'tracing-workspace-'))
  const [api = 0, profiles = 0, sandbox = 0, daemon = 0, database = 0, grpc = 0] = await freePorts(6)
  return { folder, ports: { api, profiles, sandbox, grpc, daemon, database } }
}

export interface ApiAnswer {
  readonly status: number
  readonly body: unknown
  readonly traceId: string
}

export class TestWorkspace implements WorkspacePlace {
  readonly folder
  readonly ports
  readonly env: Environment
  readonly api: string
  readonly profiles: string
  readonly sandbox: string
  #started: { stop(): Promise<number | null> }[] = []
  #hasSandbox = false

  constructor({ folder, ports }: WorkspacePlace, env: Environment) {
    this.folder = folder
    this.ports = ports
    this.api = urlOf(ports.api)
    this.profiles = urlOf(ports.profiles)
    this.sandbox = urlOf(ports.sandbox)
    this.env = {
      ...bareEnvironment(),
      NODE_COMPILE_CACHE,
      WORKSPACE_STATE_DIR: join(folder, 'state'),
      WORKSPACE_ENV_FILE: join(folder, '.env'),
      PORT: String(ports.api),
      PROFILES_PORT: String(ports.profiles),
      DATABASE_PORT: String(ports.database),
      SANDBOX_PORT: String(ports.sandbox),
      SANDBOX_GRPC_PORT: String(ports.grpc),
      AWS_XRAY_DAEMON_ADDRESS: `127.0.0.1:${ports.daemon}`,
      ...env,
    }
  }

  /** Runs a command as a process: what its npm script runs, without npm. */
  command(name: string, args: readonly string[] = [], env: Environment = {}, root = ROOT): Promise<Finished> {
    return run(process.execPath, [join(root, 'scripts', 'commands', `${name}.ts`), ...args], {
      cwd: root,
      env: { ...this.env, ...env },
    })
  }

  /** Runs `npm run setup -- --yes`, and fails with its output and the logs where setup does. */
  async setUp(env?: Environment): Promise<Finished> {
    const finished = await this.command('setup', ['--yes'], env)
    if (finished.code === 0) return finished
    const { code, stdout, stderr } = finished
    throw new Error(`setup ended with ${code}:\n${stdout}${stderr}${this.logs()}`)
  }

  /**
   * Starts one process as setup does, with the settings and secrets that it needs, and with further arguments for Node.
   * `dispose` stops it.
   */
  async start(
    name: string,
    env: Environment = {},
    nodeArgs: readonly string[] = [],
  ): Promise<RunningProcess> {
    const environment = { ...this.env, ...env }
    const { settings, providers } = read(environment)
    const spec = planProcesses(settings, providers, environment).find((planned) => planned.name === name)
    if (!spec) throw new Error(`With these settings setup starts no ${name}`)
    const { args, ready } = spec
    const health = ready.kind === 'http' ? ready.url : `postgresql://${ready.host}:${ready.port}`
    const started = await startProcess(
      [...nodeArgs, ...args],
      { ...inherited(environment), ...spec.env },
      health,
    )
    this.#started.push(started)
    return started
  }

  /** Starts the sandbox in this process, for tests whose subject is elsewhere: half a second of CPU less. */
  async startSandboxHere(): Promise<void> {
    this.#hasSandbox = true
    const { settings, providers } = read(this.env)
    const running = await startSandbox(sandboxOptions(settings, providers))
    this.#started.push({ stop: () => running.close().then(() => 0) })
  }

  /** Starts profiles and the api, and the sandbox in this process unless it already runs here. */
  async startServices(env?: Environment): Promise<{ profiles: RunningProcess; api: RunningProcess }> {
    if (!this.#hasSandbox) await this.startSandboxHere()
    // Waits for both to settle, so that a failure of one leaves the other known to `dispose`.
    const starts = [this.start('profiles', env), this.start('api', env)] as const
    await Promise.allSettled(starts)
    return { profiles: await starts[0], api: await starts[1] }
  }

  /** Stops what the methods above have started, the last first. Returns the exit codes of the processes. */
  async stopServices(): Promise<(number | null)[]> {
    this.#hasSandbox = false
    const codes: (number | null)[] = []
    for (const one of this.#started.splice(0).reverse()) codes.push(await one.stop())
    return codes
  }

  /** Runs `npm run verify`'s function in this process; it waits at most three seconds for missing telemetry. */
  async verify(env: Environment = {}): Promise<Verification> {
    const { settings, providers } = read({ ...this.env, ...env })
    const options = { sandboxPage: this.sandbox, deadlinesMs: { local: VERIFY_MS, live: VERIFY_MS } }
    return verify(settings, providers, options)
  }

  /** Runs `npm run aws`'s function in this process. */
  async createRules(): Promise<void> {
    const { settings, providers } = read(this.env)
    await reconcileAws(settings, providers, silentTerminal())
  }

  /** Sends the api a request in a new trace, which the caller has sampled. */
  async request(path: string, init: RequestInit = {}): Promise<ApiAnswer> {
    const traceId = newTraceId()
    const response = await fetch(`${this.api}${path}`, {
      ...init,
      headers: { ...init.headers, traceparent: `00-${traceId}-${newSpanId()}-01` },
    })
    return { status: response.status, body: await response.json(), traceId }
  }

  /** Posts JSON in a new trace, which the caller has sampled. */
  post(path: string, body: unknown): Promise<ApiAnswer> {
    const headers = { 'content-type': 'application/json' }
    return this.request(path, { method: 'POST', headers, body: JSON.stringify(body) })
  }

  /** The sandbox's records of a trace. */
  async trace(traceId: string): Promise<StoredTrace> {
    const response = await fetch(`${this.sandbox}/sandbox/traces/${traceId}`)
    return (await response.json()) as StoredTrace
  }

  /** The id of a process that `setUp` has started. */
  pidOf(name: string): number {
    const state = readState(stateFolders(join(this.folder, 'state')))
    return state?.processes.find((one) => one.name === name)?.identity.pid ?? Number.NaN
  }

  /** The last lines of every log, for the message of a failing test. */
  logs(): string {
    return ['sandbox', 'database', 'profiles', 'api']
      .map((name) => `── ${name}\n${tail(join(this.folder, 'state', 'logs', `${name}.log`))}`)
      .join('\n')
  }

  async dispose(): Promise<void> {
    const directory = join(this.folder, 'state')
    // What `npm stop` does, in this process.
    if (existsSync(join(directory, 'run')))
      await stopAll({ WORKSPACE_STATE_DIR: directory }, silentTerminal())
    await this.stopServices()
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 })
  }
}

const urlOf = (port: number) => `http://127.0.0.1:${port}`

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
