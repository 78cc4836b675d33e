import { readFileSync } from 'node:fs'
import { resolveProviders, sandboxUrl } from '../settings/providers.ts'
import type { Settings } from '../settings/read.ts'
import type { TelemetryOptions } from './telemetry/index.ts'
import { traceLinks } from './trace-links.ts'

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string
}

/** Rules change rarely, but a learner who changes one wants to see it work. */
const LOCAL_RULES_POLLING_SECONDS = 10
const LIVE_RULES_POLLING_SECONDS = 300
/** Rollbar bills by occurrence, and a loop that fails writes many of the same. The sandbox bills nothing. */
const LIVE_ITEMS_PER_MINUTE = 60
const LOCAL_ITEMS_PER_MINUTE = 60_000

/** What the workspace's settings mean for a service's telemetry. */
export async function telemetryOptions(settings: Settings, serviceName: string): Promise<TelemetryOptions> {
  const { honeycomb, xray, rollbar } = resolveProviders(settings)
  const { host, port } = xray.daemon.tcp
  const isLocal = xray.mode === 'local'
  return {
    serviceName,
    serviceVersion: version,
    resource: { 'deployment.environment.name': rollbar.environment },
    sampler: {
      name: settings.OTEL_TRACES_SAMPLER ?? (xray.mode === 'off' ? 'parentbased_always_on' : 'xray'),
      ratio: settings.OTEL_TRACES_SAMPLER_ARG,
      rulesEndpoint: `http://${host}:${port}`,
      rulesPollingSeconds: isLocal ? LOCAL_RULES_POLLING_SECONDS : LIVE_RULES_POLLING_SECONDS,
    },
    honeycomb:
      honeycomb.mode === 'off'
        ? undefined
        : { endpoint: honeycomb.otlpEndpoint, headers: honeycomb.otlpHeaders },
    xray: xray.mode === 'off' ? undefined : { daemon: xray.daemon, dynamicNaming: settings.AWS_XRAY_URL },
    rollbar:
      rollbar.mode === 'off'
        ? undefined
        : {
            accessToken: rollbar.accessToken,
            apiEndpoint: rollbar.apiEndpoint,
            environment: rollbar.environment,
            itemsPerMinute: rollbar.mode === 'live' ? LIVE_ITEMS_PER_MINUTE : LOCAL_ITEMS_PER_MINUTE,
          },
    linksTo: await traceLinks({ honeycomb, xray }, serviceName, sandboxUrl(settings)),
    untracedPaths: ['/health', '/health/ready', '/health/telemetry'],
    allowedQueryParameters: ['handles', 'limit'],
  }
}
