import { readFileSync } from 'node:fs'
import { formatHostPort } from '../contracts/daemon-address.ts'
import { UserError } from '../contracts/user-error.ts'
import { SETTING_NAMES, SETTINGS } from '../settings/catalogue.ts'
import {
  profilesUrl,
  resolveProviders,
  SANDBOX_KEY,
  sandboxPage,
  type XRayTarget,
} from '../settings/providers.ts'
import { readSettings, type Settings } from '../settings/read.ts'
import { startTelemetry, type Telemetry } from './telemetry/index.ts'
import type { TelemetryOptions, XRayOptions } from './telemetry/options.ts'
import { decoded } from './telemetry/privacy/redaction.ts'
import { traceLinks } from './trace-links.ts'

/** Reads the settings and starts a service's telemetry. A wrong setting ends the process with the error and its fix. */
export async function instrument(
  nameOf: (settings: Settings) => string,
): Promise<{ settings: Settings; telemetry: Telemetry }> {
  try {
    const settings = readSettings()
    return { settings, telemetry: await startTelemetry(await telemetryOptions(settings, nameOf(settings))) }
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
async function telemetryOptions(settings: Settings, serviceName: string): Promise<TelemetryOptions> {
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
      name:
        settings.OTEL_TRACES_SAMPLER ??
        (xray.mode === 'off' || xray.pipeline === 'collector' ? 'parentbased_always_on' : 'xray'),
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

/** Nothing reads them, but a person may have set them for other programs, with Honeycomb's key. */
const HEADERS_OF_SIGNALS = ['TRACES', 'METRICS', 'LOGS'].map(
  (signal) => `OTEL_EXPORTER_OTLP_${signal}_HEADERS`,
)

/** Texts to redact everywhere: each secret setting, each header value in it, and each password in it. */
function secretValues(settings: Settings): string[] {
  const values = SETTING_NAMES.filter((name) => SETTINGS[name].secret).flatMap((name) => settings[name] ?? [])
  const ofSignals = HEADERS_OF_SIGNALS.flatMap((name) => process.env[name] ?? [])
  return [...values, ...ofSignals].map(String).flatMap((value) => {
    const pairs = value.split(',').map((pair) => pair.replace(/^[^=]*=/, ''))
    return [value, ...pairs, ...passwordsIn(value)]
  })
}

/** Every spelling of the password in a URL, before its host or in its query. */
function passwordsIn(value: string): string[] {
  if (!URL.canParse(value)) return []
  const { password, searchParams } = new URL(value)
  const asWritten = /^[^/]*\/\/[^:/?#]*:([^@/?#]*)@/.exec(value)?.[1] ?? ''
  return [password, asWritten, decoded(password), searchParams.get('password') ?? '']
}
