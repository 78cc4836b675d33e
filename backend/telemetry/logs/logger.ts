import { trace } from '@opentelemetry/api'
import { type Logger, pino } from 'pino'
import type { Scrub } from '../privacy/scrub.ts'
import { isSendable, sendRecord } from './log-sending.ts'

export type { Logger } from 'pino'

export interface LogOptions {
  /** One JSON object a line, for machines; else a line that a person can read. */
  readonly format: 'json' | 'text'
}

/** One line of the log, as pino writes it. */
export type LogRecord = Readonly<Record<string, unknown>> & {
  readonly level: number
  readonly time: number
  readonly msg?: string
  readonly err?: { readonly type?: string; readonly message?: string; readonly stack?: string }
}

/** Headers that are credentials, or may hold some, wherever somebody logs a request. */
const SECRET_HEADERS = [
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'referer',
  'x-api-key',
  'x-amz-security-token',
  'x-honeycomb-team',
  'x-rollbar-access-token',
]
const REDACTED_PATHS = SECRET_HEADERS.flatMap((name) => [
  `["${name}"]`,
  `headers["${name}"]`,
  `*.headers["${name}"]`,
])

/**
 * The service's log: a line on standard output, with the ids of the trace that it belongs to, and, where Honeycomb is
 * on, a log record beside the trace.
 */
export function createLogger(service: string, { format }: LogOptions, scrub: Scrub): Logger {
  return pino(
    {
      base: { service },
      redact: { paths: REDACTED_PATHS, censor: 'REDACTED' },
      mixin: () => {
        const span = trace.getActiveSpan()?.spanContext()
        return span ? { trace_id: span.traceId, span_id: span.spanId } : {}
      },
    },
    {
      // Called within the logging call, and so in its context.
      write(written: string) {
        const isClean = scrub(written) === written
        if (format === 'json' && isClean) process.stdout.write(written)
        if (format === 'json' && isClean && !isSendable()) return
        // Value by value: a secret of digits may be part of a number, and the line no JSON without it.
        const record = JSON.parse(written, (_key, value) =>
          typeof value === 'string' && !isClean ? scrub(value) : value,
        ) as LogRecord
        if (format === 'json' && !isClean) process.stdout.write(`${JSON.stringify(record)}\n`)
        if (format === 'text') process.stdout.write(readable(record))
        sendRecord(record)
      },
    },
  )
}

function readable({ level, time, msg, err, trace_id: traceId }: LogRecord): string {
  const at = new Date(time).toISOString().slice(11, 23)
  const name = (pino.levels.labels[level] ?? '').padEnd(5)
  const stack = err?.stack ? `\n${err.stack}` : ''
  return `${at} ${name} ${msg ?? ''}${traceId ? `  trace=${traceId}` : ''}${stack}\n`
}
