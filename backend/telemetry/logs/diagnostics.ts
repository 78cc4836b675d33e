import { DiagLogLevel, diag } from '@opentelemetry/api'
import { setGlobalErrorHandler } from '@opentelemetry/core'
import type { TelemetryOptions } from '../options.ts'
import { safeJson, safeLine } from './control-characters.ts'

/** Pino's numbers of the levels. */
const WARN = 40
const ERROR = 50

/**
 * Writes the warnings and errors of telemetry itself, and OpenTelemetry's, to standard error, in the log's format. By
 * default OpenTelemetry discards them.
 */
export function logDiagnostics({
  serviceName,
  logFormat,
}: Pick<TelemetryOptions, 'serviceName' | 'logFormat'>): void {
  const writeAs =
    (level: number) =>
    (message: string, ...rest: unknown[]) => {
      const texts = rest.map((value) => (value instanceof Error ? value.message : String(value)))
      const msg = ['telemetry:', message, ...texts].join(' ')
      const line =
        logFormat === 'text'
          ? `${new Date().toISOString()} ${safeLine(msg)}`
          : safeJson(JSON.stringify({ level, time: Date.now(), service: serviceName, msg }))
      process.stderr.write(`${line}\n`)
    }
  const silent = () => {}
  diag.setLogger(
    { error: writeAs(ERROR), warn: writeAs(WARN), info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  )
  // The default handler writes a stack as one line of JSON.
  setGlobalErrorHandler((error) => diag.error(error instanceof Error ? error.message : String(error)))
}
