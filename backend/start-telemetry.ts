import { readFileSync } from 'node:fs'
import { formatHostPort } from '../contracts/daemon-address.ts'
import { UserError } from '../contracts/user-error.ts'
import {
  profilesUrl,
  resolveProviders,
  SANDBOX_KEY,
  samplerName,
  sandboxPage,
  type XRayTarget,
} from '../settings/providers.ts'
import { readSettings, type Settings } from '../settings/read.ts'
import { secretValues } from './secret-values.ts'
import { startTelemetry, type Telemetry } from './telemetry/index.ts'
import type { RollbarOptions, TelemetryOptions, XRayOptions } from './telemetry/options.ts'
import { traceLinks } from './trace-links.ts'

/** What is known only to the service itself. */
type ServiceOptions = Pick<RollbarOptions, 'personOf'>

/** Reads the settings and starts a service's telemetry. A wrong setting ends the process with the error and its fix. */
export async function instrument(
  nameOf: (settings: Settings) => string,
  service: ServiceOptions = {},
): Promise<{ settings: Settings; telemetry: Telemetry }> {
  try {
    const settings = readSettings()
    const options = await telemetryOptions(settings, nameOf(settings), service)
    return { settings, telemetry: await startTelemetry(options) }
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    process.stderr.write(`✗ ${error.message}\n  → ${error.fix}\n`)
    process.exit(1)
  }
}

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}

/** Rules change rarely, but a learner who changes one wants to see the effect. */
const LOCAL_RULES_POLLING_SECONDS = 10
const LIVE_RULES_POLLING_SECONDS = 300
/** Rollbar charges per occurrence, and a failing loop reports many. The sandbox is free. */
const LIVE_ITEMS_PER_MINUTE = 60
const LOCAL_ITEMS_PER_MINUTE = 60_000

/** Honeycomb charges each data point as an event. The sandbox is free. */
const LIVE_METRICS_INTERVAL_MS = 60_000
const LOCAL_METRICS_INTERVAL_MS = 10_000

/** Maps the workspace's settings to the options of a service's telemetry. */
async function telemetryOptions(
  settings: Settings,
  serviceName: string,
  { personOf }: ServiceOptions,
): Promise<TelemetryOptions> {
  const { honeycomb, xray, rollbar } = resolveProviders(settings)
  const isLocal = xray.mode === 'local'
  return {
    serviceName,
    serviceVersion: version,
    logFormat: process.env.NODE_ENV === 'production' ? 'json' : 'text',
    metricsIntervalMs: honeycomb.mode === 'live' ? LIVE_METRICS_INTERVAL_MS : LOCAL_METRICS_INTERVAL_MS,
    secrets: secretValues(settings),
    resource: { 'deployment.environment.name': rollbar.environment },
    sampler: {
      name: samplerName(settings, xray),
      ratio: settings.OTEL_TRACES_SAMPLER_ARG,
      rulesEndpoint: `http://${formatHostPort(xray.daemon.tcp)}`,
      rulesPollingSeconds: isLocal ? LOCAL_RULES_POLLING_SECONDS : LIVE_RULES_POLLING_SECONDS,
    },
    honeycomb:
      honeycomb.mode === 'off'
        ? undefined
        : { endpoint: honeycomb.otlpEndpoint, headers: honeycomb.otlpHeaders },
    xray: xray.mode === 'off' ? undefined : xrayOptions(xray, settings),
    rollbar:
      rollbar.mode === 'off'
        ? undefined
        : {
            accessToken: rollbar.accessToken,
            apiEndpoint: rollbar.apiEndpoint,
            environment: rollbar.environment,
            itemsPerMinute: rollbar.mode === 'live' ? LIVE_ITEMS_PER_MINUTE : LOCAL_ITEMS_PER_MINUTE,
            ...(personOf && { personOf }),
          },
    linksTo: await traceLinks({ honeycomb, xray }, serviceName, sandboxPage(settings)),
    untracedPaths: ['/health', '/health/ready', '/health/telemetry'],
    allowedQueryParameters: ['handles', 'limit'],
    privacy: { clientAddress: settings.CLIENT_ADDRESS },
    trustedProxies: settings.TRUSTED_PROXIES ?? (settings.AWS_XRAY_URL ? 1 : 0),
  }
}

function xrayOptions(
  { mode, pipeline, daemon, otlpEndpoint, region }: XRayTarget,
  settings: Settings,
): XRayOptions {
  if (pipeline === 'collector') return { pipeline }
  if (pipeline === 'sdk') {
    // The api calls profiles, which sends segments too.
    const tracedHosts = [new URL(profilesUrl(settings)).host]
    return { pipeline, daemon, dynamicNaming: settings.AWS_XRAY_URL, tracedHosts }
  }
  const credentials =
    mode === 'local' ? { accessKeyId: SANDBOX_KEY, secretAccessKey: SANDBOX_KEY } : undefined
  return { pipeline, endpoint: otlpEndpoint, region, credentials }
}
