import { DiagLogLevel, diag } from '@opentelemetry/api'

/** OpenTelemetry is silent about its own failures unless it is given somewhere to say them: here, on standard error. */
export function sayFailures(): void {
  const write = (message: string, ...rest: unknown[]) => {
    const details = rest.map((value) => (value instanceof Error ? value.message : String(value))).join(' ')
    process.stderr.write(`telemetry: ${message}${details ? ` ${details}` : ''}\n`)
  }
  const silent = () => {}
  diag.setLogger(
    { error: write, warn: write, info: silent, debug: silent, verbose: silent },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  )
}
