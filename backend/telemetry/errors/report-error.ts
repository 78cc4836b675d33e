import type { IncomingMessage } from 'node:http'
import { diag, type Exception, type Span, SpanStatusCode, type TimeInput, trace } from '@opentelemetry/api'
import type { SpanProcessor } from '@opentelemetry/sdk-trace'
import type { ErrorReporter } from '../exporters/rollbar/error-reporter.ts'
import { queryErrorAttributes } from '../instrumentation/query-error.ts'
import type { Logger } from '../logs/logger.ts'
import type { Scrub } from '../privacy/scrub.ts'
import { copyError, type ReportedError } from './reported-error.ts'

/**
 * Creates `Telemetry.reportError`. The error is copied first; then Rollbar, the active span and the log receive the copy,
 * each guarded, so that the failure of one affects neither the others nor the response.
 */
export function createReportError(logger: Logger, reporter: ErrorReporter | undefined, scrub: Scrub) {
  return (thrown: unknown, request?: IncomingMessage): string | undefined => {
    const error = copyError(thrown, scrub)
    const uuid = guard('Rollbar', () => reporter?.report(error, request))
    guard('the span', () => {
      const span = trace.getActiveSpan()
      if (!span) return
      addExceptionEvent(span, error)
      span.setStatus({ code: SpanStatusCode.ERROR, message: error.message })
      if (uuid) span.setAttribute('rollbar.uuid', uuid)
    })
    guard('the log', () => logger.error({ err: error, ...(uuid && { 'rollbar.uuid': uuid }) }, error.message))
    return uuid
  }
}

function guard<Result>(receiver: string, report: () => Result): Result | undefined {
  try {
    return report()
  } catch (failure) {
    diag.error(`an error was not reported to ${receiver}: ${copyError(failure, (text) => text).message}`)
    return undefined
  }
}

/**
 * Makes every span record exceptions as `reportError` does, whichever instrumentation records them: with the class as
 * `exception.type` (OpenTelemetry's own `recordException` prefers the error's `code`), with the causes, and without secrets.
 */
export function createExceptionProcessor(scrub: Scrub): SpanProcessor {
  function recordException(this: Span, exception: Exception, time?: TimeInput): void {
    // Instrumentations pass a text to leave out what the error's own message may quote.
    if (typeof exception === 'string') {
      this.addEvent('exception', { 'exception.message': scrub(exception) }, time)
      this.setAttributes(queryErrorAttributes(exception))
    } else addExceptionEvent(this, copyError(exception, scrub), time)
  }
  return {
    onStart(span: Span) {
      span.recordException = recordException
      const { setStatus } = span
      span.setStatus = ({ code, message }) =>
        setStatus.call(span, message === undefined ? { code } : { code, message: scrub(String(message)) })
    },
    onEnd() {},
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  }
}

/** Source: https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/ */
function addExceptionEvent(span: Span, { type, message, stack }: ReportedError, time?: TimeInput): void {
  span.addEvent(
    'exception',
    { 'exception.type': type, 'exception.message': message, 'exception.stacktrace': stack },
    time,
  )
}
