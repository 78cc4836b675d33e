import { join, resolve } from 'node:path'
import { isSettingName, SETTING_NAMES, SETTINGS, type SettingName } from '../../settings/catalogue.ts'
import { daemonAddressText, type Providers, reachable } from '../../settings/providers.ts'
import { type Environment, type Settings, stateDirectory } from '../../settings/read.ts'
import { detectWorkspace } from '../workspace/index.ts'
import type { PortSpec, ProcessSpec } from './spec.ts'

const ROOT = resolve(import.meta.dirname, '..', '..')

const LOOPBACK = '127.0.0.1'

/** Where providers are; then the database; then what uses both. */
const STAGE = { providers: 1, database: 2, backend: 3 } as const

/** Not settings of ours, yet read by an SDK in a process of ours: a change of one wants a new start. */
const READ_BY_SDKS =
  /^(AWS|OTEL|HONEYCOMB|ROLLBAR|XRAY)_|^(https?|all|no)_proxy$|^NODE_(OPTIONS|EXTRA_CA_CERTS)$|^LOG_LEVEL$/i

/** No business of AWS's daemon. */
const OF_OTHERS = /^(HONEYCOMB|ROLLBAR|OTEL)_|^NODE_OPTIONS$/i

/**
 * The processes that these settings ask for, in the order of starting; they are stopped in the reverse of it.
 * Pure: nothing is read but the arguments, nothing is contacted.
 */
export function planProcesses(
  asSet: Settings,
  providers: Providers,
  environment: Environment = process.env,
): ProcessSpec[] {
  const settings = placed(asSet, environment)
  const ambient = ambientEnvironment(environment)
  const resource = { ...ambient, OTEL_RESOURCE_ATTRIBUTES: resourceAttributes(environment) }
  const modes = [providers.honeycomb.mode, providers.xray.mode, providers.rollbar.mode]
  const { udp } = settings.AWS_XRAY_DAEMON_ADDRESS
  return [
    ...(modes.includes('local') ? [planSandbox(settings, providers, ambient)] : []),
    ...(providers.xray.mode === 'live' && providers.xray.pipeline !== 'collector' && isHere(udp.host)
      ? [planDaemon(settings, providers, ambient)]
      : []),
    ...(settings.DATABASE_URL === undefined ? [planDatabase(settings, ambient)] : []),
    planBackend('profiles', 'PROFILES_PORT', settings, resource),
    planBackend('api', 'PORT', settings, resource),
  ]
}

type Ambient = Readonly<Record<string, string>>

function planSandbox(settings: Settings, providers: Providers, ambient: Ambient): ProcessSpec {
  const { SANDBOX_HOST: host, SANDBOX_PORT: port } = settings
  const address = `http://${reachable(host)}:${port}`
  return {
    ...nodeProcess(['sandbox/server.ts'], settings, ambient),
    name: 'sandbox',
    stage: STAGE.providers,
    ports: [
      { port, protocol: 'tcp', host, variable: 'SANDBOX_PORT' },
      ...(providers.xray.mode === 'local' ? daemonPorts(settings) : []),
    ],
    ready: { kind: 'http', url: `${address}/health` },
    url: address,
  }
}

/** AWS's own daemon, for the real X-Ray: https://docs.aws.amazon.com/xray/latest/devguide/xray-daemon-configuration.html */
function planDaemon(settings: Settings, providers: Providers, ambient: Ambient): ProcessSpec {
  const { udp, tcp } = settings.AWS_XRAY_DAEMON_ADDRESS
  const directory = stateDirectory(settings)
  const binary = join(directory, 'bin', 'xray')
  const isOfAws = (name: SettingName) => SETTINGS[name].topic === 'AWS X-Ray'
  const all = settingsEnvironment(settings)
  return {
    name: 'daemon',
    stage: STAGE.providers,
    command: binary,
    // -o: not on EC2, so that instance metadata is left alone.
    args: [
      '-o',
      '-n',
      providers.xray.region,
      '-t',
      `${tcp.host}:${tcp.port}`,
      '-b',
      `${udp.host}:${udp.port}`,
    ],
    env: {
      ...Object.fromEntries(Object.entries(ambient).filter(([name]) => !OF_OTHERS.test(name))),
      ...Object.fromEntries(Object.entries(all).filter(([name]) => isSettingName(name) && isOfAws(name))),
    },
    // Somebody else's program is told no more than it needs.
    without: [
      ...SETTING_NAMES.filter((name) => !isOfAws(name) || all[name] === undefined),
      ...Object.keys(ambient).filter((name) => OF_OTHERS.test(name)),
    ],
    // The daemon loads a ./cfg.yaml of its working directory unasked: this one holds none.
    cwd: join(directory, 'run'),
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

/** The embedded Postgres. A server named by DATABASE_URL is somebody else's to start and stop. */
function planDatabase(settings: Settings, ambient: Ambient): ProcessSpec {
  const { DATABASE_PORT: port } = settings
  const host = '127.0.0.1'
  return {
    // One tier of compiled WebAssembly: 260 MB instead of 300 to 460, 680 MB instead of 1,080 when a cluster is made.
    ...nodeProcess(['--liftoff-only', 'backend/database/server.ts'], settings, ambient),
    name: 'database',
    stage: STAGE.database,
    ports: [{ port, protocol: 'tcp', host, variable: 'DATABASE_PORT' }],
    // It speaks Postgres's protocol alone, so that there is no health page to ask. Nobody else can be there, since the
    // port was found free a moment before.
    ready: { kind: 'postgres', host, port },
  }
}

function planBackend(
  name: 'api' | 'profiles',
  variable: 'PORT' | 'PROFILES_PORT',
  settings: Settings,
  ambient: Ambient,
): ProcessSpec {
  const { BACKEND_HOST: host, [variable]: port } = settings
  const address = `http://${reachable(host)}:${port}`
  return {
    ...nodeProcess(
      ['--import', `./backend/${name}/instrumentation.ts`, `backend/${name}/server.ts`],
      settings,
      ambient,
    ),
    name,
    stage: STAGE.backend,
    ports: [{ port, protocol: 'tcp', host, variable }],
    ready: { kind: 'http', url: `${address}/health` },
    url: address,
  }
}

/** What every process that is TypeScript of ours has in common; arguments for node itself go before the file. */
function nodeProcess(args: readonly string[], settings: Settings, ambient: Ambient) {
  const env = settingsEnvironment(settings)
  return {
    command: process.execPath,
    args: [...args],
    env: { ...ambient, ...env },
    without: SETTING_NAMES.filter((name) => env[name] === undefined),
    cwd: ROOT,
  }
}

/** Every setting that has a value, as text: what was in `.env` reaches a process, and its SDKs, all the same. */
function settingsEnvironment(settings: Settings): Record<string, string> {
  const pairs = SETTING_NAMES.map((name) => {
    const value = name === 'AWS_XRAY_DAEMON_ADDRESS' ? daemonAddressText(settings) : settings[name]
    return [name, value === undefined ? undefined : String(value)] as const
  })
  return Object.fromEntries(pairs.filter((pair): pair is [SettingName, string] => pair[1] !== undefined))
}

function ambientEnvironment(environment: Environment): Ambient {
  const pairs = Object.entries(environment).filter(
    (pair): pair is [string, string] =>
      pair[1] !== undefined && READ_BY_SDKS.test(pair[0]) && !isSettingName(pair[0]),
  )
  return Object.fromEntries(pairs)
}

/**
 * Where telemetry comes from, so that thirty learners in one account can tell theirs from the others'; what somebody
 * has set of it counts more. Source: https://opentelemetry.io/docs/specs/otel/resource/sdk/#specifying-resource-information-via-an-environment-variable
 */
function resourceAttributes(environment: Environment): string {
  const { kind, id } = detectWorkspace(environment)
  const own = { 'workspace.kind': kind, ...(id && { 'workspace.id': id }) }
  const pairs = Object.entries(own).map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
  return [...pairs, environment.OTEL_RESOURCE_ATTRIBUTES].filter(Boolean).join(',')
}

/** The settings as this place wants them, but for what somebody has set: where to listen, and where a browser looks. */
function placed(settings: Settings, environment: Environment): Settings {
  const workspace = detectWorkspace(environment)
  const listen = (host: string) => (host === LOOPBACK ? (workspace.listenHost ?? host) : host)
  // Ona's addresses are its program's to tell, which is not run for a plan.
  const isKnown = workspace.kind === 'codespaces' || workspace.kind === 'gitpod'
  const page = isKnown ? workspace.portUrl(settings.SANDBOX_PORT) : undefined
  const domain = typeof page === 'string' && URL.canParse(page) ? new URL(page).hostname : undefined
  const hosts = [settings.SANDBOX_ALLOWED_HOSTS, domain].filter((name) => name && name !== 'localhost')
  return {
    ...settings,
    BACKEND_HOST: listen(settings.BACKEND_HOST),
    SANDBOX_HOST: listen(settings.SANDBOX_HOST),
    SANDBOX_PAGE_URL: settings.SANDBOX_PAGE_URL ?? (typeof page === 'string' ? page : undefined),
    SANDBOX_ALLOWED_HOSTS: hosts.length > 0 ? hosts.join(',') : undefined,
  }
}

/** What has to be bound on this machine; elsewhere somebody else runs the daemon. */
function daemonPorts(settings: Settings): PortSpec[] {
  const { udp, tcp } = settings.AWS_XRAY_DAEMON_ADDRESS
  const variable = 'AWS_XRAY_DAEMON_ADDRESS'
  return [
    { ...udp, protocol: 'udp' as const, variable },
    { ...tcp, protocol: 'tcp' as const, variable },
  ].filter(({ host }) => isHere(host))
}

/** A host that this machine alone, or every interface of it, answers for. */
function isHere(host: string): boolean {
  return /^(127\.\d+\.\d+\.\d+|localhost|0\.0\.0\.0)$/.test(host)
}
