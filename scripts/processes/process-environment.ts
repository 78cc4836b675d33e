import { devNull } from 'node:os'
import { isSettingName, type SettingName } from '../../settings/catalogue.ts'
import { daemonAddressText, type Mode, type Providers, reachable } from '../../settings/providers.ts'
import { type Environment, type Settings, stateDirectory } from '../../settings/read.ts'

export type ProcessName = 'sandbox' | 'daemon' | 'database' | 'profiles' | 'api'

const TELEMETRY = [
  'HONEYCOMB_API_ENDPOINT',
  'HONEYCOMB_SERVICE_NAME',
  'OTEL_SERVICE_NAME',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'AWS_REGION',
  'AWS_XRAY_URL',
  'AWS_XRAY_DAEMON_ADDRESS',
  'XRAY_PIPELINE',
  'XRAY_OTLP_ENDPOINT',
  'ROLLBAR_ENVIRONMENT',
  'ROLLBAR_API_ENDPOINT',
  'OTEL_TRACES_SAMPLER',
  'OTEL_TRACES_SAMPLER_ARG',
  'CLIENT_ADDRESS',
  'TRUSTED_PROXIES',
  // The links in errors lead to the sandbox's page, and its port is where local telemetry goes.
  'SANDBOX_PORT',
  'SANDBOX_HOST',
  'SANDBOX_PAGE_URL',
] as const satisfies readonly SettingName[]

/**
 * The settings that each process reads. A process whose settings have changed starts again. A setting that is listed
 * here for nothing costs restarts; where one is missing here, the process has the default.
 */
const SETTINGS_OF: Readonly<Record<ProcessName, readonly SettingName[]>> = {
  sandbox: [
    'SANDBOX_PORT',
    'SANDBOX_GRPC_PORT',
    'SANDBOX_HOST',
    'SANDBOX_ALLOWED_HOSTS',
    'SANDBOX_ALLOWED_ORIGINS',
    'WORKSPACE_STATE_DIR',
    'AWS_REGION',
    'AWS_XRAY_DAEMON_ADDRESS',
    // For the page that shows where each provider's telemetry goes.
    'XRAY_PIPELINE',
    'HONEYCOMB_API_ENDPOINT',
    'OTEL_EXPORTER_OTLP_ENDPOINT',
  ],
  daemon: ['AWS_REGION'],
  database: ['DATABASE_PORT', 'WORKSPACE_STATE_DIR'],
  profiles: [
    ...TELEMETRY,
    'BACKEND_HOST',
    'BACKEND_ALLOWED_HOSTS',
    'PROFILES_PORT',
    'PLANTED_FAULTS',
    'PLANTED_SEED',
  ],
  api: [
    ...TELEMETRY,
    'BACKEND_HOST',
    'BACKEND_ALLOWED_HOSTS',
    'PORT',
    'PROFILES_PORT',
    'PROFILES_URL',
    'PLANTED_FAULTS',
    'PLANTED_SEED',
    'DATABASE_URL',
    'DATABASE_PORT',
  ],
}

const AWS_CREDENTIALS = [
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'AWS_PROFILE',
] as const satisfies readonly SettingName[]

/** Stands in for a secret of which a process needs to know only that it is set. */
const WITHHELD = 'withheld'

const PROXIES = /^(https?|all|no)_proxy$/i
/** With it, Node's own clients use the proxies: https://nodejs.org/api/cli.html#node_use_env_proxy1 */
const USE_PROXIES = /^NODE_USE_ENV_PROXY$/
/** The workspace's processes reach each other here, which no proxy can. */
const LOOPBACK = ['localhost', '127.0.0.1', '::1']
const NODE = /^NODE_(OPTIONS|EXTRA_CA_CERTS)$/
/**
 * Of AWS's variables those without secrets; the prefix alone would pass on AWS_BEARER_TOKEN_BEDROCK and the like. Of
 * OpenTelemetry's all but two that no process reads: the headers of single signals, which may hold Honeycomb's key, and
 * the protocol, which `npm run sandbox` prints for an app.
 */
const OF_SDKS =
  /^OTEL_(?!EXPORTER_OTLP_((TRACES|METRICS|LOGS)_HEADERS|PROTOCOL)$)|^LOG_LEVEL$|^AWS_(XRAY_|USE_|ENDPOINT_URL|CA_BUNDLE|MAX_ATTEMPTS|RETRY_MODE|EC2_METADATA)/
const OF_AWS = /^AWS_/
/** Keys, and where AWS's SDKs look for keys. */
const CREDENTIALS_OF_AWS =
  /^AWS_(ACCESS_KEY|SECRET|SESSION_TOKEN|SECURITY_TOKEN|PROFILE|DEFAULT_PROFILE|ROLE|WEB_IDENTITY|CONTAINER|CONFIG_FILE|SHARED_CREDENTIALS)/

/**
 * The environment of one process: the settings that it reads, the secrets that it cannot work without, and the variables
 * that its SDKs read. It also gets each provider's mode, so that a process without a provider's credentials knows that
 * the provider is live. `.env` is kept from it, because the file holds all secrets.
 */
export function environmentOf(
  name: ProcessName,
  settings: Settings,
  { honeycomb, xray, rollbar }: Providers,
  environment: Environment,
): Record<string, string> {
  const own = { ...valuesOf(SETTINGS_OF[name], settings), WORKSPACE_ENV_FILE: devNull }
  const modes = {
    HONEYCOMB_ENABLED: switchFor(honeycomb.mode),
    XRAY_ENABLED: switchFor(xray.mode),
    ROLLBAR_ENABLED: switchFor(rollbar.mode),
  }
  const honeycombKey = honeycomb.mode === 'live' ? { HONEYCOMB_API_KEY: honeycomb.apiKey } : {}
  const isRollbarLive = rollbar.mode === 'live'
  switch (name) {
    case 'daemon':
      return {
        ...ambient(environment, [PROXIES, OF_AWS]),
        ...valuesOf([...SETTINGS_OF.daemon, ...AWS_CREDENTIALS], settings),
      }
    case 'database':
      return { ...ambient(environment, [NODE]), ...own }
    case 'sandbox':
      return {
        ...ambient(environment, [NODE]),
        ...proxies(environment, settings),
        ...own,
        ...modes,
        // The sandbox asks a live Honeycomb whose key it is, for the links to it.
        ...honeycombKey,
        ...(isRollbarLive && { ROLLBAR_ACCESS_TOKEN: WITHHELD }),
      }
    default: {
      // Segments go to the daemon unsigned; only the OTLP pipeline signs what it sends.
      const signs = xray.mode === 'live' && xray.pipeline === 'otlp'
      const isHoneycombLive = honeycomb.mode === 'live'
      return {
        ...ambient(environment, [NODE, OF_SDKS, ...(signs ? [CREDENTIALS_OF_AWS] : [])]),
        ...proxies(environment, settings),
        ...own,
        ...valuesOf(
          ['OTEL_EXPORTER_OTLP_HEADERS'],
          isHoneycombLive ? settings : withoutHoneycombKey(settings),
        ),
        ...modes,
        ...honeycombKey,
        ...(isRollbarLive && { ROLLBAR_ACCESS_TOKEN: rollbar.accessToken }),
        ...(signs && valuesOf(AWS_CREDENTIALS, settings)),
      }
    }
  }
}

/** The proxies to the providers. Where Node uses them, the workspace's own addresses are excepted. */
function proxies(environment: Environment, { BACKEND_HOST }: Settings): Record<string, string> {
  const given = ambient(environment, [PROXIES, USE_PROXIES])
  // As Node reads them: in lower case first, even if that one is empty.
  const excepted = given.no_proxy ?? given.NO_PROXY ?? ''
  if (given.NODE_USE_ENV_PROXY !== '1' || excepted === '*') return given
  const hosts = [...new Set([...excepted.split(',').filter(Boolean), ...LOOPBACK, reachable(BACKEND_HOST)])]
  return { ...given, no_proxy: hosts.join(','), NO_PROXY: hosts.join(',') }
}

/** Without Honeycomb's key among the headers. The others may be for a collector. */
function withoutHoneycombKey(settings: Settings): Settings {
  const headers = settings.OTEL_EXPORTER_OTLP_HEADERS?.split(',') ?? []
  const others = headers.filter((pair) => !/^\s*x-honeycomb-team\s*=/i.test(pair))
  return { ...settings, OTEL_EXPORTER_OTLP_HEADERS: others.join(',') || undefined }
}

function switchFor(mode: Mode): string {
  return mode === 'off' ? 'false' : mode
}

/** The settings that have a value, as text. Values from `.env` reach the process and its SDKs this way. */
function valuesOf(names: readonly SettingName[], settings: Settings): Record<string, string> {
  const pairs = names.map((name) => [name, textOf(name, settings)] as const)
  return Object.fromEntries(pairs.filter((pair): pair is [SettingName, string] => pair[1] !== undefined))
}

function textOf(name: SettingName, settings: Settings): string | undefined {
  if (name === 'AWS_XRAY_DAEMON_ADDRESS') return daemonAddressText(settings)
  if (name === 'WORKSPACE_STATE_DIR') return stateDirectory(settings)
  const value = settings[name]
  return value === undefined || (Array.isArray(value) && value.length === 0) ? undefined : String(value)
}

/** Variables of the environment that are no settings, for SDKs: a change of one means a restart. */
function ambient(environment: Environment, wanted: readonly RegExp[]): Record<string, string> {
  const isWanted = (name: string) => !isSettingName(name) && wanted.some((one) => one.test(name))
  const pairs = Object.entries(environment).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && isWanted(pair[0]),
  )
  return Object.fromEntries(pairs)
}
