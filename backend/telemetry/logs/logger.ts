import { type Attributes, context, diag, logs, SeverityNumber, trace } from '@opentelemetry/api'
import { type LogFn, type Logger, pino } from 'pino'
import type { CompleteOptions } from '../options.ts'
import type { Scrub } from '../privacy/scrub.ts'
import { isSampled, SAMPLE_RATE, sampleRateOf } from '../sampling/sample-rate.ts'
import { safeJson, safeLine, safeText } from './control-characters.ts'
import { createPlainFields, type PlainFields } from './fields.ts'
import type { HttpFormOptions } from './http-form.ts'

export type { Logger } from 'pino'

/** One line of the log, as pino writes it. */
type LogRecord = Readonly<Record<string, unknown>> & {
  readonly level: number
  readonly time: number
  readonly msg?: string
  readonly err?: { readonly type?: string; readonly message?: string; readonly stack?: string }
}

/** Headers that are or may hold credentials; redacted wherever a logged object contains headers. */
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
 * The service's log. Each entry is a line on standard output with the ids of its trace and, where Honeycomb is on, a log
 * record of that trace. No call throws, whatever is logged, and no entry is much longer than 100,000 characters: what cannot
 * be read or is too much is left out (`fields.ts`).
 */
export function createLogger(
  options: Pick<CompleteOptions, 'serviceName' | 'logFormat'> & HttpFormOptions,
  scrub: Scrub,
): Logger {
  const { serviceName, logFormat: format } = options
  const plain = createPlainFields(options, scrub)
  const logger = pino(
    {
      base: { service: serviceName },
      redact: { paths: REDACTED_PATHS, censor: 'REDACTED' },
      mixin: () => {
        const span = trace.getActiveSpan()?.spanContext()
        if (!span) return {}
        // OpenTelemetry's names for logs in other formats. The flags tell whether the trace is kept.
        // Source: https://opentelemetry.io/docs/specs/otel/compatibility/logging_trace_context/
        const flags = span.traceFlags.toString(16).padStart(2, '0')
        return { trace_id: span.traceId, span_id: span.spanId, trace_flags: flags }
      },
      // fields.ts makes plain fields of errors. Pino's own form for them writes to the error, which may be frozen.
      serializers: { err: (plain: unknown) => plain },
      hooks: {
        logMethod(args, log) {
          logSafely(this, args, log, plain)
        },
      },
    },
    {
      // pino calls this synchronously, so the context of the logging call is active.
      write(written: string) {
        const isClean = scrub(written) === written
        if (format === 'json' && isClean) process.stdout.write(safeJson(written))
        if (format === 'json' && isClean && !isSendable()) return
        // Scrub each string, not the line: a secret of digits may be part of a number, which must stay valid JSON.
        const record = JSON.parse(written, (_key, value) =>
          typeof value === 'string' && !isClean ? scrub(value) : value,
        ) as LogRecord
        if (format === 'json' && !isClean) process.stdout.write(safeJson(`${JSON.stringify(record)}\n`))
        if (format === 'text') process.stdout.write(readable(record))
        try {
          sendRecord(record)
        } catch (failure) {
          diag.warn(`a log record was not sent: ${failure}`)
        }
      },
    },
  )
  const { child, setBindings } = logger
  // The fields of a child, and bindings, are part of each of its entries. Children inherit these methods.
  logger.child = function (this: Logger, fields: object, ...rest: never[]) {
    return child.call(this, plain.of(fields, true), ...rest)
  } as typeof child
  logger.setBindings = function (this: Logger, fields: object) {
    setBindings.call(this, plain.of(fields, true))
  }
  return logger
}

/** Writes an entry; if that fails, the texts of its message. */
function logSafely(logger: Logger, args: readonly unknown[], log: LogFn, plain: PlainFields): void {
  const [first, ...rest] = args
  const write = (...entry: unknown[]) => Reflect.apply(log, logger, entry)
  const hasFields = typeof first === 'object' && first !== null
  const fields = hasFields ? plain.of(first, rest[0] !== undefined) : {}
  try {
    const message = (hasFields ? rest : args).map(plain.inMessage)
    write(fields, ...message)
  } catch {
    try {
      const texts = args.filter((value) => typeof value === 'string')
      write(fields, ...texts.map(plain.inMessage))
    } catch {
      // Standard output fails. There is no other place for the entry.
    }
  }
}

/** An entry for people. They look for its trace in vain where that is not kept, so the line says so. */
function readable({ level, time, msg, err, trace_id: traceId, trace_flags: flags }: LogRecord): string {
  const at = new Date(time).toISOString().slice(11, 23)
  const name = (pino.levels.labels[level] ?? '').padEnd(5)
  const stack = err?.stack ? `\n${safeText(err.stack)}` : ''
  const kept = isSampled({ traceFlags: Number.parseInt(String(flags), 16) }) ? '' : ' (not kept)'
  return `${at} ${name} ${safeLine(msg ?? '')}${traceId ? `  trace=${traceId}${kept}` : ''}${stack}\n`
}

/** Pino's number of the level. */
const WARN = 40

/** False if no provider receives logs. */
function isSendable(): boolean {
  return logs.getLogger('log').enabled()
}

/**
 * Emits an entry as an OpenTelemetry log record of the active trace. For a trace that was not sampled only warnings and
 * errors are sent: other records would cost as much as the spans that sampling saved, and belong to no stored trace.
 */
function sendRecord({ level, time, msg = '', err, ...rest }: LogRecord): void {
  const span = trace.getActiveSpan()?.spanContext()
  if (span && !isSampled(span) && level < WARN) return
  // Pino and OpenTelemetry name the same six levels, and number them differently.
  const severityText = (
    pino.levels.labels[level] ?? 'UNSPECIFIED'
  ).toUpperCase() as keyof typeof SeverityNumber
  const {
    service: _isInTheResource,
    trace_id: _isInTheRecord,
    span_id: _too,
    trace_flags: _also,
    ...fields
  } = rest
  // Warnings are always sent, so each counts once.
  const rate = span && level < WARN ? sampleRateOf(span) : undefined
  logs.getLogger('log').emit({
    timestamp: time,
    severityNumber: SeverityNumber[severityText],
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
