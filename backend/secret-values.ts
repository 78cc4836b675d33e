import { SETTING_NAMES, SETTINGS } from '../settings/catalogue.ts'
import type { Environment, Settings } from '../settings/read.ts'
import { decoded } from './telemetry/privacy/redaction.ts'

/** Nothing reads them, but a person may have set them for other programs, with Honeycomb's key. */
const HEADERS_OF_SIGNALS = ['TRACES', 'METRICS', 'LOGS'].map(
  (signal) => `OTEL_EXPORTER_OTLP_${signal}_HEADERS`,
)

/** Where Node, with NODE_USE_ENV_PROXY=1, and SDKs read a proxy's address from, which may have a password. */
const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()])

/**
 * Texts to redact everywhere: each secret setting, each header value in it, each password in it, and the password of
 * each proxy.
 */
export function secretValues(settings: Settings, environment: Environment = process.env): string[] {
  const values = SETTING_NAMES.filter((name) => SETTINGS[name].secret).flatMap((name) => settings[name] ?? [])
  const ofSignals = HEADERS_OF_SIGNALS.flatMap((name) => environment[name] ?? [])
  const texts = [...values, ...ofSignals].map(String).flatMap((value) => {
    const pairs = value.split(',').map((pair) => pair.replace(/^[^=]*=/, ''))
    return [value, ...pairs, ...passwordsIn(value)]
  })
  const proxies = PROXIES.flatMap((name) => environment[name] ?? [])
  // An address without a scheme is one of HTTP.
  return [...texts, ...proxies.flatMap((url) => passwordsIn(url.includes('://') ? url : `http://${url}`))]
}

/** Every spelling of the password in a URL, before its host or in its query. */
function passwordsIn(value: string): string[] {
  if (!URL.canParse(value)) return []
  const { password, searchParams } = new URL(value)
  const asWritten = /^[^/]*\/\/[^:/?#]*:([^@/?#]*)@/.exec(value)?.[1] ?? ''
  return [password, asWritten, decoded(password), searchParams.get('password') ?? '']
}
