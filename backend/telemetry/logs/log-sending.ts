import { type Attributes, context, logs, SeverityNumber, trace } from '@opentelemetry/api'
import { SAMPLE_RATE, sampleRateOf } from '../sampling/sample-rate.ts'
import { isSampled } from '../sampling/sampled.ts'
import type { LogRecord } from './logger.ts'

/** Pino's levels in OpenTelemetry's: https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
const SEVERITIES: Readonly<Record<number, readonly [SeverityNumber, string]>> = {
  10: [SeverityNumber.TRACE, 'TRACE'],
  20: [SeverityNumber.DEBUG, 'DEBUG'],
  30: [SeverityNumber.INFO, 'INFO'],
  40: [SeverityNumber.WARN, 'WARN'],
  50: [SeverityNumber.ERROR, 'ERROR'],
  60: [SeverityNumber.FATAL, 'FATAL'],
}
const WARN = 40

/** False where no provider takes logs. */
export function isSendable(): boolean {
  return logs.getLogger('log').enabled()
}

/**
 * Hands a line of the log to OpenTelemetry, which adds the trace that is active. Of a trace that was not sampled only
 * warnings and worse are sent: the rest would cost as much as the spans that were spared, and belong to nothing.
 */
export function sendRecord({ level, time, msg = '', err, ...rest }: LogRecord): void {
  const span = trace.getActiveSpan()?.spanContext()
  if (span && !isSampled(span) && level < WARN) return
  const [severityNumber, severityText] = SEVERITIES[level] ?? [SeverityNumber.UNSPECIFIED, String(level)]
  const { service: _isInTheResource, trace_id: _isInTheRecord, span_id: _too, ...fields } = rest
  // A warning is sent whatever was sampled, and so it stands for itself alone.
  const rate = span && level < WARN ? sampleRateOf(span) : undefined
  logs.getLogger('log').emit({
    timestamp: time,
    severityNumber,
    severityText,
    body: msg,
    attributes: {
      ...(fields as Attributes),
      ...(rate !== undefined && { [SAMPLE_RATE]: rate }),
      ...(err && {
        'exception.type': err.type,
        'exception.message': err.message,
        'exception.stacktrace': err.stack,
      }),
    },
    context: context.active(),
  })
}
