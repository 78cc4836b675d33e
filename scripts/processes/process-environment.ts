import { devNull } from 'node:os'
import { isSettingName, type SettingName } from '../../settings/catalogue.ts'
import { daemonAddressText, type Mode, type Providers } from '../../settings/providers.ts'
import { type Environment, type Settings, stateDirectory } from '../../settings/read.ts'

export type ProcessName = 'sandbox' | 'daemon' | 'database' | 'profiles' | 'api'

const TELEMETRY = [
  'HONEYCOMB_API_ENDPOINT',
  'HONEYCOMB_SERVICE_NAME',
  'OTEL_SERVICE_NAME',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_EXPORTER_OTLP_HEADERS',
  'AWS_REGION',
  'AWS_XRAY_URL',
  'AWS_XRAY_DAEMON_ADDRESS',
  'XRAY_PIPELINE',
  'XRAY_OTLP_ENDPOINT',
  'ROLLBAR_ENVIRONMENT',
  'ROLLBAR_API_ENDPOINT',
  'OTEL_TRACES_SAMPLER',
  'OTEL_TRACES_SAMPLER_ARG',
  // The links in errors lead to the sandbox's page, and its port is where local telemetry goes.
  'SANDBOX_PORT',
  'SANDBOX_HOST',
  'SANDBOX_PAGE_URL',
] as const satisfies readonly SettingName[]

/**
 * The settings that each process reads. A process whose settings have changed starts again, so that one too many here
 * costs a restart, and one too few leaves a process with the default.
 */
const SETTINGS_OF: Readonly<Record<ProcessName, readonly SettingName[]>> = {
  sandbox: [
    'SANDBOX_PORT',
    'SANDBOX_HOST',
    'SANDBOX_ALLOWED_HOSTS',
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
  profiles: [...TELEMETRY, 'BACKEND_HOST', 'PROFILES_PORT', 'PLANTED_FAULTS'],
  api: [
    ...TELEMETRY,
    'BACKEND_HOST',
    'PORT',
    'PROFILES_PORT',
    'PROFILES_URL',
    'PLANTED_FAULTS',
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
const NODE = /^NODE_(OPTIONS|EXTRA_CA_CERTS)$/
const OF_SDKS = /^(AWS|OTEL|HONEYCOMB|ROLLBAR|XRAY)_|^LOG_LEVEL$/
const OF_AWS = /^AWS_/
/** Keys, and where AWS's SDKs look for keys. */
const CREDENTIALS_OF_AWS =
  /^AWS_(ACCESS_KEY|SECRET|SESSION_TOKEN|SECURITY_TOKEN|PROFILE|DEFAULT_PROFILE|ROLE|WEB_IDENTITY|CONTAINER|CONFIG_FILE|SHARED_CREDENTIALS)/

/**
 * The environment of one process: the settings that it reads, the secrets that it cannot work without, and the variables
 * that its SDKs read. Each provider's mode is given as decided here, so that a process need not hold a provider's
 * credentials to know that the provider is live; and `.env` is kept from it, which holds the rest.
 */
export function environmentOf(
  name: ProcessName,
  settings: Settings,
  providers: Providers,
  environment: Environment,
): Record<string, string> {
  if (name === 'daemon') {
    return {
      ...ambient(environment, [PROXIES, OF_AWS]),
      ...valuesOf([...SETTINGS_OF.daemon, ...AWS_CREDENTIALS], settings),
    }
  }
  const own = { ...valuesOf(SETTINGS_OF[name], settings), WORKSPACE_ENV_FILE: devNull }
  const { honeycomb, xray, rollbar } = providers
  if (name === 'database') return { ...ambient(environment, [NODE]), ...own }
  const modes = {
    HONEYCOMB_ENABLED: switchFor(honeycomb.mode),
    XRAY_ENABLED: switchFor(xray.mode),
    ROLLBAR_ENABLED: switchFor(rollbar.mode),
  }
  // The sandbox asks a live Honeycomb whose key it is, for the links to it.
  const honeycombKey = honeycomb.mode === 'live' ? { HONEYCOMB_API_KEY: honeycomb.apiKey } : {}
  if (name === 'sandbox') {
    const rollbarToken = rollbar.mode === 'live' ? { ROLLBAR_ACCESS_TOKEN: WITHHELD } : {}
    return { ...ambient(environment, [NODE, PROXIES]), ...own, ...modes, ...honeycombKey, ...rollbarToken }
  }
  const rollbarToken = rollbar.mode === 'live' ? { ROLLBAR_ACCESS_TOKEN: rollbar.accessToken } : {}
  // Segments go to the daemon unsigned; only the OTLP pipeline signs what it sends.
  const signs = xray.mode === 'live' && xray.pipeline === 'otlp'
  const ofSdks = ambient(environment, [NODE, PROXIES, OF_SDKS], signs ? undefined : CREDENTIALS_OF_AWS)
  return {
    ...ofSdks,
    ...own,
    ...modes,
    ...honeycombKey,
    ...rollbarToken,
    ...(signs && valuesOf(AWS_CREDENTIALS, settings)),
  }
}

function switchFor(mode: Mode): string {
  return mode === 'off' ? 'false' : mode
}

/** Those that have a value, as text: what was in `.env` reaches the process and its SDKs as well. */
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
function ambient(
  environment: Environment,
  wanted: readonly RegExp[],
  unwanted?: RegExp,
): Record<string, string> {
  const isWanted = (name: string) =>
    !isSettingName(name) && wanted.some((one) => one.test(name)) && !unwanted?.test(name)
  const pairs = Object.entries(environment).filter(
    (pair): pair is [string, string] => pair[1] !== undefined && isWanted(pair[0]),
  )
  return Object.fromEntries(pairs)
}
