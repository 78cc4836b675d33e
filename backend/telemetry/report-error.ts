import type { IncomingMessage } from 'node:http'
import { SpanStatusCode, trace } from '@opentelemetry/api'
import type { ErrorReporter } from './exporters/rollbar/error-reporter.ts'
import type { Logger } from './logs/logger.ts'
import { type Scrub, scrubError } from './privacy/scrub.ts'

/** Reports an error everywhere; returns the uuid of the Rollbar occurrence where Rollbar is on. */
export type ReportError = (thrown: unknown, request?: IncomingMessage) => string | undefined

/**
 * Records an error on the active span, in the log and, where it is on, in Rollbar. Span and log hold the uuid of the
 * Rollbar occurrence, which holds the trace id. Accepts any thrown value, not only an Error.
 */
export function createReportError(
  logger: Logger,
  reporter: ErrorReporter | undefined,
  scrub: Scrub,
): ReportError {
  return (thrown, request) => {
    const error = scrubError(
      thrown instanceof Error ? thrown : new Error(`thrown: ${describe(thrown)}`),
      scrub,
    )
    const span = trace.getActiveSpan()
    const uuid = reporter?.report(error, request)
    span?.recordException(error)
    span?.setStatus({ code: SpanStatusCode.ERROR, message: error.message })
    if (uuid) span?.setAttribute('rollbar.uuid', uuid)
    logger.error({ err: error, ...(uuid && { 'rollbar.uuid': uuid }) }, error.message)
    return uuid
  }
}

function describe(thrown: unknown): string {
  try {
    return typeof thrown === 'string' ? thrown : (JSON.stringify(thrown) ?? String(thrown))
  } catch {
    return Object.prototype.toString.call(thrown)
  }
}
