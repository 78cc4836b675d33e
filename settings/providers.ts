import { type DaemonAddress, formatDaemonAddress } from '../contracts/daemon-address.ts'
import { UserError } from '../contracts/user-error.ts'
import type { Environment, Settings } from './read.ts'

/** live: the provider. local: the sandbox, or an endpoint of the person's own, in its place. off: nothing is sent. */
export type Mode = 'live' | 'local' | 'off'

export interface HoneycombTarget {
  readonly mode: Mode
  /** Base of `/v1/traces`, without a final slash. */
  readonly otlpEndpoint: string
  /** Headers of every OTLP request, with the key. Secret. */
  readonly otlpHeaders: Readonly<Record<string, string>>
  /** Base of Honeycomb's API (`/1/auth`). */
  readonly apiEndpoint: string
  readonly apiKey: string
}

export interface XRayTarget {
  readonly mode: Mode
  readonly region: string
  readonly daemon: DaemonAddress
  /** The sandbox's X-Ray API; undefined for AWS. */
  readonly apiEndpoint: string | undefined
  /** sdk: segments through the daemon. otlp: spans to X-Ray's endpoint. collector: spans to a collector, which converts them. */
  readonly pipeline: Settings['XRAY_PIPELINE']
  /** The full address that spans are posted to. */
  readonly otlpEndpoint: string
}

export interface RollbarTarget {
  readonly mode: Mode
  /** Base of `/api/1/item/`, without a final slash. */
  readonly apiEndpoint: string
  readonly accessToken: string
  /** The token that reads items back; the sandbox accepts any token. */
  readonly readToken: string | undefined
  readonly environment: string
}

export interface Providers {
  readonly honeycomb: HoneycombTarget
  readonly xray: XRayTarget
  readonly rollbar: RollbarTarget
}

export const DEFAULT_SERVICE_NAME = 'cruddur-backend'

/** The sandbox accepts any key; this one is no credential of a provider. */
export const SANDBOX_KEY = 'sandbox'

type NameSettings = Pick<Settings, 'OTEL_SERVICE_NAME' | 'HONEYCOMB_SERVICE_NAME'>

/** The api's name in every provider. */
export function serviceName(settings: NameSettings): string {
  return settings.OTEL_SERVICE_NAME ?? settings.HONEYCOMB_SERVICE_NAME ?? DEFAULT_SERVICE_NAME
}

/** The api's name with a suffix, so that one sampling rule (`<name>*`) matches both services. */
export function profilesServiceName(settings: NameSettings): string {
  return `${serviceName(settings)}-profiles`
}

/** The name of the workshop's digest job, which the same sampling rule matches. */
export function digestServiceName(settings: NameSettings): string {
  return `${serviceName(settings)}-digest`
}

/** The name of the api that the workshop starts behind collectors. */
export function collectedServiceName(settings: NameSettings): string {
  return `${serviceName(settings)}-collected`
}

/** Where a client on this machine reaches the sandbox. */
export function sandboxUrl(settings: Pick<Settings, 'SANDBOX_PORT' | 'SANDBOX_HOST'>): string {
  return `http://${reachable(settings.SANDBOX_HOST)}:${settings.SANDBOX_PORT}`
}

/**
 * The sandbox's page for a browser, and the base of links to it: SANDBOX_PAGE_URL, else the platform's address for the
 * sandbox's port (`platformUrl`), else the port on this machine. No slash at its end.
 */
export function sandboxPage(
  settings: Pick<Settings, 'SANDBOX_PORT' | 'SANDBOX_HOST' | 'SANDBOX_PAGE_URL'>,
  platformUrl?: string,
): string {
  return settings.SANDBOX_PAGE_URL ?? platformUrl ?? sandboxUrl(settings)
}

/** The host in a URL to connect to a server that listens on `host`: loopback for a wildcard address, IPv6 in brackets. */
export function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return '127.0.0.1'
  return host.includes(':') ? `[${host}]` : host
}

/** Where the api finds the profiles service. */
export function profilesUrl({
  PROFILES_URL,
  BACKEND_HOST,
  PROFILES_PORT,
}: Pick<Settings, 'PROFILES_URL' | 'BACKEND_HOST' | 'PROFILES_PORT'>): string {
  return PROFILES_URL ?? `http://${reachable(BACKEND_HOST)}:${PROFILES_PORT}`
}

/** The sampler that is set, else the default. Behind a collector, the collector decides which traces are kept. */
export function samplerName(
  { OTEL_TRACES_SAMPLER }: Pick<Settings, 'OTEL_TRACES_SAMPLER'>,
  { mode, pipeline }: Pick<XRayTarget, 'mode' | 'pipeline'>,
) {
  return (
    OTEL_TRACES_SAMPLER ?? (mode === 'off' || pipeline === 'collector' ? 'parentbased_always_on' : 'xray')
  )
}

/**
 * Decides for each provider whether it is live, local or off, and its addresses. Contacts nothing. `environment` is read
 * only for the variables that AWS sets in containers, which are not settings of the workspace. Throws a UserError:
 * - CREDENTIAL_MISSING when Honeycomb or Rollbar is switched to `live` and has no key. X-Ray is live without one: the
 *   AWS SDK may find credentials that are no settings, such as those of a machine's role.
 * - COLLECTOR_MISSING when XRAY_PIPELINE is `collector` and no collector would get the spans.
 */
export function resolveProviders(settings: Settings, environment: Environment = process.env): Providers {
  return {
    honeycomb: resolveHoneycomb(settings),
    xray: resolveXRay(settings, environment),
    rollbar: resolveRollbar(settings),
  }
}

function resolveHoneycomb(settings: Settings): HoneycombTarget {
  const headers = parseOtlpHeaders(settings.OTEL_EXPORTER_OTLP_HEADERS ?? '')
  const ownKey = settings.HONEYCOMB_API_KEY ?? headers['x-honeycomb-team']
  const mode = resolveMode(settings.HONEYCOMB_ENABLED, ownKey !== undefined)
  if (mode === 'live' && ownKey === undefined) {
    throw credentialMissing('HONEYCOMB_ENABLED', 'HONEYCOMB_API_KEY')
  }
  const isLocal = mode === 'local'
  const apiKey = isLocal ? SANDBOX_KEY : (ownKey ?? '')
  const apiEndpoint = isLocal ? sandboxUrl(settings) : (settings.HONEYCOMB_API_ENDPOINT ?? '')
  const endpoint = settings.OTEL_EXPORTER_OTLP_ENDPOINT
  // The bootcamp sets OTEL_EXPORTER_OTLP_ENDPOINT to Honeycomb's address, which answers 401 without a key.
  const isIgnored = endpoint === undefined || (isLocal && isHoneycomb(endpoint))
  return {
    mode,
    otlpEndpoint: isIgnored ? apiEndpoint : endpoint,
    otlpHeaders: { ...headers, 'x-honeycomb-team': apiKey },
    apiEndpoint,
    apiKey,
  }
}

function resolveXRay(settings: Settings, environment: Environment): XRayTarget {
  const mode = resolveMode(settings.XRAY_ENABLED, hasAwsCredentials(settings, environment))
  if (mode !== 'off' && settings.XRAY_PIPELINE === 'collector') requireCollector(settings)
  return {
    mode,
    region: settings.AWS_REGION,
    daemon: settings.AWS_XRAY_DAEMON_ADDRESS,
    apiEndpoint: mode === 'local' ? sandboxUrl(settings) : undefined,
    pipeline: settings.XRAY_PIPELINE,
    otlpEndpoint:
      settings.XRAY_OTLP_ENDPOINT ??
      (mode === 'local' ? `${sandboxUrl(settings)}/v1/traces` : xrayOtlpEndpoint(settings.AWS_REGION)),
  }
}

function requireCollector(settings: Settings): void {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint } = settings
  if (settings.HONEYCOMB_ENABLED === 'false') {
    throw new UserError({
      code: 'COLLECTOR_MISSING',
      what: 'XRAY_PIPELINE is "collector", but HONEYCOMB_ENABLED is "false", so that nothing would be sent: the collector gets the spans that are exported to Honeycomb.',
      fix: 'npm run env -- --unset HONEYCOMB_ENABLED, or npm run env -- --unset XRAY_PIPELINE. The collector’s own configuration decides whether it sends to Honeycomb.',
    })
  }
  if (endpoint !== undefined && !isHoneycomb(endpoint)) return
  throw new UserError({
    code: 'COLLECTOR_MISSING',
    what: `XRAY_PIPELINE is "collector", but OTEL_EXPORTER_OTLP_ENDPOINT ${endpoint ? 'is Honeycomb’s own' : 'is not set'}.`,
    fix: 'npm run env -- OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4319 for a collector at that port, or npm run env -- --unset XRAY_PIPELINE.',
  })
}

/**
 * X-Ray's OTLP endpoint for traces in a region.
 *
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-OTLPEndpoint.html
 */
function xrayOtlpEndpoint(region: string): string {
  return `https://xray.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}/v1/traces`
}

function resolveRollbar(settings: Settings): RollbarTarget {
  const mode = resolveMode(settings.ROLLBAR_ENABLED, settings.ROLLBAR_ACCESS_TOKEN !== undefined)
  if (mode === 'live' && !settings.ROLLBAR_ACCESS_TOKEN) {
    throw credentialMissing('ROLLBAR_ENABLED', 'ROLLBAR_ACCESS_TOKEN')
  }
  const publicApi = 'https://api.rollbar.com'
  const endpoint = settings.ROLLBAR_API_ENDPOINT ?? publicApi
  const isLocal = mode === 'local'
  return {
    mode,
    apiEndpoint: isLocal && endpoint === publicApi ? sandboxUrl(settings) : endpoint,
    accessToken: isLocal ? SANDBOX_KEY : (settings.ROLLBAR_ACCESS_TOKEN ?? ''),
    readToken: isLocal ? SANDBOX_KEY : settings.ROLLBAR_READ_TOKEN,
    environment: settings.ROLLBAR_ENVIRONMENT,
  }
}

function resolveMode(enabled: Settings['XRAY_ENABLED'], hasCredentials: boolean): Mode {
  if (enabled === 'false') return 'off'
  if (enabled === 'true') return hasCredentials ? 'live' : 'local'
  return enabled
}

/**
 * Only credentials that were set on purpose make X-Ray live. With a default profile in the home folder, or the machine's
 * metadata service, an unattended setup could write into a person's account.
 */
function hasAwsCredentials(settings: Settings, environment: Environment): boolean {
  const isSet = (name: string) => Boolean(environment[name]?.trim())
  return (
    (settings.AWS_ACCESS_KEY_ID !== undefined && settings.AWS_SECRET_ACCESS_KEY !== undefined) ||
    settings.AWS_PROFILE !== undefined ||
    isSet('AWS_CONTAINER_CREDENTIALS_RELATIVE_URI') ||
    isSet('AWS_CONTAINER_CREDENTIALS_FULL_URI') ||
    (isSet('AWS_WEB_IDENTITY_TOKEN_FILE') && isSet('AWS_ROLE_ARN'))
  )
}

/** OTEL_EXPORTER_OTLP_HEADERS: percent-encoded `name=value` pairs; a pair without a value is dropped. */
function parseOtlpHeaders(text: string): Record<string, string> {
  const pairs = text.split(',').map((pair) => {
    const [name = '', ...value] = pair.split('=')
    return [name.trim().toLowerCase(), decode(value.join('=').trim())] as const
  })
  return Object.fromEntries(pairs.filter(([name, value]) => name !== '' && value !== ''))
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}

function isHoneycomb(endpoint: string): boolean {
  const { hostname } = new URL(endpoint)
  return hostname === 'honeycomb.io' || hostname.endsWith('.honeycomb.io')
}

function credentialMissing(name: string, credential: string): UserError {
  return new UserError({
    code: 'CREDENTIAL_MISSING',
    what: `${name} is "live", but ${credential} is not set.`,
    fix: `Set it (npm run env -- ${credential}), or remove ${name} to use the sandbox.`,
  })
}

/** The daemon's address in the form that every SDK reads. */
export function daemonAddressText(settings: Pick<Settings, 'AWS_XRAY_DAEMON_ADDRESS'>): string {
  return formatDaemonAddress(settings.AWS_XRAY_DAEMON_ADDRESS)
}
