import { join, resolve } from 'node:path'
import { formatHostPort } from '../../contracts/daemon-address.ts'
import { isThisMachine } from '../../contracts/host-names.ts'
import type { Port } from '../../contracts/workspace-state.ts'
import { SETTINGS } from '../../settings/catalogue.ts'
import { type Providers, reachable, resolveProviders } from '../../settings/providers.ts'
import { type Environment, type Settings, stateDirectory } from '../../settings/read.ts'
import { detectWorkspace } from '../workspace/index.ts'
import { logPath } from './log-files.ts'
import { environmentOf, type ProcessName } from './process-environment.ts'
import type { ProcessSpec } from './spec.ts'

const ROOT = resolve(import.meta.dirname, '..', '..')

const LOOPBACK = '127.0.0.1'

/** Providers start first, then the database, then the services that use both. */
const STAGE = { providers: 1, database: 2, backend: 3 } as const

/**
 * The processes that these settings ask for, in the order of starting; they are stopped in the reverse order.
 * Pure: nothing is read but the arguments, nothing is contacted.
 */
export function planProcesses(
  asSet: Settings,
  providers: Providers,
  environment: Environment = process.env,
): ProcessSpec[] {
  const settings = placed(asSet, environment)
  const { honeycomb, xray, rollbar } = providers
  const plan: Plan = { settings, env: (name) => environmentOf(name, settings, providers, environment) }
  const hasSandbox = [honeycomb.mode, xray.mode, rollbar.mode].includes('local')
  const daemonIsHere = isThisMachine(settings.AWS_XRAY_DAEMON_ADDRESS.udp.host)
  const hasDaemon = xray.mode === 'live' && xray.pipeline !== 'collector' && daemonIsHere
  const attributes = { OTEL_RESOURCE_ATTRIBUTES: resourceAttributes(environment) }
  return [
    ...(hasSandbox ? [planSandbox(plan, xray.mode === 'local')] : []),
    ...(hasDaemon ? [planDaemon(plan, xray.region)] : []),
    ...(settings.DATABASE_URL === undefined ? [planDatabase(plan)] : []),
    planBackend(plan, 'profiles', 'PROFILES_PORT', ['sandbox', 'daemon'], attributes),
    // It does not use profiles in this sense, which is changed most: while profiles starts again, the api answers
    // without names.
    planBackend(plan, 'api', 'PORT', ['sandbox', 'daemon', 'database'], attributes),
  ]
}

/**
 * The sandbox alone, for `npm run sandbox`: it stands in for all three providers and gets no key, also where the settings
 * make one live. With a daemon on another machine it listens at the daemon's usual address, so that X-Ray is here too.
 */
export function planSandboxAlone(settings: Settings, environment: Environment = process.env): ProcessSpec[] {
  const alone = settingsOfSandboxAlone(settings)
  return planProcesses(alone, resolveProviders(alone, environment), environment).filter(
    ({ name }) => name === 'sandbox',
  )
}

/** The settings with which the sandbox alone runs; {@link resolveProviders} makes every provider of them local. */
export function settingsOfSandboxAlone(settings: Settings): Settings {
  const { AWS_XRAY_DAEMON_ADDRESS: address } = settings
  const usual = SETTINGS.AWS_XRAY_DAEMON_ADDRESS.schema.parse(SETTINGS.AWS_XRAY_DAEMON_ADDRESS.default)
  return {
    ...settings,
    HONEYCOMB_ENABLED: 'local',
    XRAY_ENABLED: 'local',
    ROLLBAR_ENABLED: 'local',
    XRAY_PIPELINE: 'sdk',
    AWS_XRAY_DAEMON_ADDRESS:
      isThisMachine(address.udp.host) && isThisMachine(address.tcp.host) ? address : usual,
  }
}

interface Plan {
  readonly settings: Settings
  readonly env: (name: ProcessName) => Record<string, string>
}

/**
 * glibc would keep the memory of large bodies: its threshold for memory that is given back grows with each of them.
 * sandbox/Dockerfile has the same values. Source: https://man7.org/linux/man-pages/man3/mallopt.3.html
 */
const GIVES_MEMORY_BACK = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
}

function planSandbox({ settings, env }: Plan, isXRayLocal: boolean): ProcessSpec {
  const { SANDBOX_HOST: host, SANDBOX_PORT: port, SANDBOX_GRPC_PORT: grpcPort } = settings
  const address = `http://${reachable(host)}:${port}`
  return {
    ...nodeProcess('sandbox/server.ts'),
    name: 'sandbox',
    stage: STAGE.providers,
    uses: [],
    env: { ...GIVES_MEMORY_BACK, ...env('sandbox') },
    ports: [
      { port, protocol: 'tcp', host, variable: 'SANDBOX_PORT' },
      { port: grpcPort, protocol: 'tcp', host, variable: 'SANDBOX_GRPC_PORT' },
      ...(isXRayLocal ? daemonPorts(settings) : []),
    ],
    ready: { kind: 'http', url: `${address}/health` },
    url: address,
  }
}

/** AWS's own daemon, for the real X-Ray: https://docs.aws.amazon.com/xray/latest/devguide/xray-daemon-configuration.html */
function planDaemon({ settings, env }: Plan, region: string): ProcessSpec {
  const { udp, tcp } = settings.AWS_XRAY_DAEMON_ADDRESS
  const directory = stateDirectory(settings)
  const binary = join(directory, 'bin', 'xray')
  const [bind, listen] = [formatHostPort(udp), formatHostPort(tcp)]
  return {
    name: 'daemon',
    stage: STAGE.providers,
    uses: [],
    command: binary,
    // -o: not on EC2, so that it does not ask for instance metadata. -f: a log that it opens itself it also rotates, at
    // 50 MB, and keeps one older file.
    args: ['-o', '-n', region, '-t', listen, '-b', bind, '-f', logPath(join(directory, 'logs'), 'daemon')],
    env: env('daemon'),
    // The daemon loads a ./cfg.yaml of its working directory unasked: this one holds none.
    cwd: join(directory, 'run'),
    sources: [],
    ports: daemonPorts(settings),
    ready: { kind: 'tcp', host: reachable(tcp.host), port: tcp.port },
    requires: {
      path: binary,
      code: 'DAEMON_MISSING',
      message: 'X-Ray is live, but its daemon is not installed.',
      fix: 'npm run daemon',
    },
  }
}

/** The embedded Postgres. A server named by DATABASE_URL is not ours to start and stop. */
function planDatabase({ settings, env }: Plan): ProcessSpec {
  const { DATABASE_PORT: port } = settings
  const host = LOOPBACK
  return {
    // One tier of compiled WebAssembly: 260 MB instead of 300 to 460, 680 MB instead of 1,080 when a cluster is made.
    ...nodeProcess('--liftoff-only', 'backend/database/server.ts'),
    name: 'database',
    stage: STAGE.database,
    uses: [],
    env: env('database'),
    ports: [{ port, protocol: 'tcp', host, variable: 'DATABASE_PORT' }],
    // It speaks only Postgres's protocol, so that it has no health page. The port was found free a moment before.
    ready: { kind: 'postgres', host, port },
  }
}

function planBackend(
  { settings, env }: Plan,
  name: 'api' | 'profiles',
  variable: 'PORT' | 'PROFILES_PORT',
  uses: readonly string[],
  attributes: Readonly<Record<string, string>>,
): ProcessSpec {
  const { BACKEND_HOST: host, [variable]: port } = settings
  const address = `http://${reachable(host)}:${port}`
  const process = nodeProcess('--import', `./backend/${name}/instrumentation.ts`, `backend/${name}/server.ts`)
  return {
    ...process,
    sources: [...process.sources, ...(name === 'api' ? API_READS : [])],
    name,
    stage: STAGE.backend,
    uses,
    env: { ...env(name), ...attributes },
    ports: [{ port, protocol: 'tcp', host, variable }],
    ready: { kind: 'http', url: `${address}/health` },
    url: address,
  }
}

/** What the api reads at its start, beside its modules: it prepares the database. */
const API_READS = ['backend/database/migrations', 'backend/database/seed.sql']

/** A process of our own TypeScript, which keeps its log short; arguments for node itself go before the file. */
function nodeProcess(...more: readonly string[]) {
  const args = ['--import', './scripts/processes/own-log.ts', ...more]
  return {
    command: process.execPath,
    args,
    cwd: ROOT,
    sources: args.filter((arg) => arg.endsWith('.ts')),
  }
}

/**
 * Where telemetry comes from, so that thirty learners in one account can tell theirs apart. The environment's own value
 * comes last and wins. Source: https://opentelemetry.io/docs/specs/otel/resource/sdk/#specifying-resource-information-via-an-environment-variable
 */
function resourceAttributes(environment: Environment): string {
  const { kind, id } = detectWorkspace(environment)
  const own = { 'workspace.kind': kind, ...(id && { 'workspace.id': id }) }
  const pairs = Object.entries(own).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return [...pairs, environment.OTEL_RESOURCE_ATTRIBUTES].filter(Boolean).join(',')
}

/** The settings with this platform's defaults for where to listen and where a browser finds the sandbox's page. */
function placed(settings: Settings, environment: Environment): Settings {
  const workspace = detectWorkspace(environment)
  const listen = (host: string) => (host === LOOPBACK ? (workspace.listenHost ?? host) : host)
  // Only Ona's own program knows its addresses, and it is not run for a plan.
  const isKnown = workspace.kind === 'codespaces' || workspace.kind === 'gitpod'
  const pageOf = (port: number) => {
    const url = isKnown ? workspace.portUrl(port) : undefined
    return typeof url === 'string' && URL.canParse(url) ? url : undefined
  }
  /** `hosts`, and the names that the platform gives these ports; undefined for none. */
  const withForwarded = (hosts: readonly string[] = [], ...ports: number[]) => {
    const forwarded = ports.flatMap((port) => pageOf(port) ?? []).map((url) => new URL(url).hostname)
    const all = [...hosts, ...forwarded.filter((name) => name !== 'localhost')]
    return all.length > 0 ? all : undefined
  }
  const { BACKEND_ALLOWED_HOSTS, PORT, PROFILES_PORT, SANDBOX_ALLOWED_HOSTS, SANDBOX_PORT } = settings
  return {
    ...settings,
    BACKEND_HOST: listen(settings.BACKEND_HOST),
    BACKEND_ALLOWED_HOSTS: withForwarded(BACKEND_ALLOWED_HOSTS, PORT, PROFILES_PORT),
    SANDBOX_HOST: listen(settings.SANDBOX_HOST),
    SANDBOX_PAGE_URL: settings.SANDBOX_PAGE_URL ?? pageOf(SANDBOX_PORT),
    SANDBOX_ALLOWED_HOSTS: withForwarded(SANDBOX_ALLOWED_HOSTS, SANDBOX_PORT),
  }
}

/** The daemon's ports on this machine; a daemon elsewhere is not ours. */
function daemonPorts(settings: Settings): Port[] {
  const { udp, tcp } = settings.AWS_XRAY_DAEMON_ADDRESS
  const variable = 'AWS_XRAY_DAEMON_ADDRESS'
  return [
    { ...udp, protocol: 'udp' as const, variable },
    { ...tcp, protocol: 'tcp' as const, variable },
  ].filter(({ host }) => isThisMachine(host))
}
