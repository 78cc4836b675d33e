import { DiagLogLevel, diag } from '@opentelemetry/api'
import { setGlobalErrorHandler } from '@opentelemetry/core'

/** Writes OpenTelemetry's own warnings and errors to standard error. By default it discards them. */
export function logDiagnostics(): void {
  const write = (message: string, ...rest: unknown[]) => {
    const details = rest.map((value) => (value instanceof Error ? value.message : String(value))).join(' ')
    process.stderr.write(`telemetry: ${message}${details ? ` ${details}` : ''}\n`)
  }
  const silent = () => {}
  diag.setLogger(
    { error: write, warn: write, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  )
  // The default handler writes a stack as one line of JSON.
  setGlobalErrorHandler((error) => diag.error(error instanceof Error ? error.message : String(error)))
}
