import type { SettingName } from './catalogue.ts'
import { SANDBOX_KEY } from './providers.ts'

/** The keys that `npm run sandbox` prints for another app than this workspace's. No provider has such a key. */
export const PASTED_KEYS = {
  OTEL_EXPORTER_OTLP_HEADERS: `x-honeycomb-team=${SANDBOX_KEY}`,
  HONEYCOMB_API_KEY: SANDBOX_KEY,
  ROLLBAR_ACCESS_TOKEN: SANDBOX_KEY,
  AWS_ACCESS_KEY_ID: SANDBOX_KEY,
  AWS_SECRET_ACCESS_KEY: SANDBOX_KEY,
} as const satisfies Partial<Record<SettingName, string>>

/** The addresses that it prints beside a key of Honeycomb. */
const PASTED_ADDRESSES = [
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'HONEYCOMB_API_ENDPOINT',
  'XRAY_OTLP_ENDPOINT',
] as const satisfies readonly SettingName[]

/** The service name that it prints for Flask: that of the bootcamp's app, which its X-Ray recorder has too. */
export const PASTED_SERVICE = 'backend-flask'

/**
 * Variables without those that were pasted from `npm run sandbox`. A person starts the app in the shell that has them, and
 * may use the workspace's commands there too: they must not make a provider live, nor send its telemetry to the sandbox.
 * The daemon's address may be the workspace's own, so it is left out only where `.env` (`kept`) has one as well.
 */
export function withoutPasted<Variables extends Readonly<Record<string, string | undefined>>>(
  variables: Variables,
  kept: Readonly<Record<string, string | undefined>> = {},
): Variables {
  const keys = Object.entries(PASTED_KEYS)
    .filter(([name, key]) => variables[name]?.trim() === key)
    .map(([name]) => name)
  const ofHoneycomb = ['OTEL_EXPORTER_OTLP_HEADERS', 'HONEYCOMB_API_KEY']
  const addresses = keys.some((name) => ofHoneycomb.includes(name)) ? PASTED_ADDRESSES : []
  const service =
    keys.length > 0 && variables.OTEL_SERVICE_NAME?.trim() === PASTED_SERVICE ? ['OTEL_SERVICE_NAME'] : []
  const daemon = keys.length > 0 && kept.AWS_XRAY_DAEMON_ADDRESS?.trim() ? ['AWS_XRAY_DAEMON_ADDRESS'] : []
  const pasted = new Set<string>([...keys, ...addresses, ...service, ...daemon])
  if (pasted.size === 0) return variables
  const rest = Object.entries(variables).filter(([name]) => !pasted.has(name))
  return Object.fromEntries(rest) as Variables
}
