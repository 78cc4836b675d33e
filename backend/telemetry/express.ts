import { STATUS_CODES } from 'node:http'
import { isSpanContextValid, type SpanContext, trace } from '@opentelemetry/api'
import type { ErrorRequestHandler, RequestHandler } from 'express'
import { toXRayTraceId } from '../../contracts/trace-id.ts'
import type { Telemetry } from './index.ts'
import { formatXRayHeader, XRAY_HEADER } from './propagation/xray-header.ts'
import { isSampled } from './sampling/sample-rate.ts'

/**
 * Adds the trace to the response of every traced request: `traceresponse` in W3C's form, and `x-amzn-trace-id` in X-Ray's,
 * which tells a caller that asked (`Sampled=?`) whether the trace is kept. Use it as the first middleware, so that error
 * responses have the headers too.
 *
 * Source: https://w3c.github.io/trace-context/#trace-context-http-response-headers-format
 */
export function traceHeaders(): RequestHandler {
  return (_request, response, next) => {
    const span = activeTrace()
    if (span) {
      const flags = (span.traceFlags & 0xff).toString(16).padStart(2, '0')
      response.setHeader('traceresponse', `00-${span.traceId}-${span.spanId}-${flags}`)
      response.setHeader(XRAY_HEADER, formatXRayHeader(span.traceId, undefined, isSampled(span)))
    }
    next()
  }
}

/** `GET /health/telemetry`: what was accepted, refused and dropped, per provider. */
export function telemetryHealth(telemetry: Pick<Telemetry, 'report'>): RequestHandler {
  return (_request, response) => {
    response.set('cache-control', 'no-store').json(telemetry.report())
  }
}

/** One validation issue of a request: where (`body.message`, `query.term`), and what. */
export interface ValidationIssue {
  readonly at: string
  readonly detail: string
}

/** An error with an HTTP status. Below 500 its message (as `detail`) and its issues are part of the response. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly status: number
  readonly issues: readonly ValidationIssue[]

  constructor(status: number, detail: string, issues: readonly ValidationIssue[] = []) {
    super(detail)
    this.status = status
    this.issues = issues
  }
}

/**
 * Answers an error with a problem document that names its trace. Errors of status 500 and above are reported: the
 * document has Rollbar's uuid instead of the message, which may contain internal details.
 *
 * Source: https://www.rfc-editor.org/rfc/rfc9457
 */
export function problemResponses(telemetry: Pick<Telemetry, 'reportError'>): ErrorRequestHandler {
  return (error, request, response, next) => {
    const status = statusOf(error)
    const uuid = status >= 500 ? telemetry.reportError(error, request) : undefined
    if (response.headersSent) {
      // Part of the response is sent. Closing the connection is the only way to tell the client that it is incomplete.
      next(error)
      return
    }
    const span = activeTrace()
    response
      .status(status)
      .type('application/problem+json')
      .json({
        type: 'about:blank',
        title: STATUS_CODES[status] ?? 'Error',
        status,
        detail: status < 500 ? String((error as Error).message) : 'The error has been recorded.',
        instance: request.path,
        ...(error instanceof HttpError && error.issues.length > 0 && { errors: error.issues }),
        ...(span && {
          trace_id: span.traceId,
          xray_trace_id: toXRayTraceId(span.traceId),
          sampled: isSampled(span),
        }),
        ...(uuid && { rollbar_uuid: uuid }),
      })
  }
}

/** Express and its body parsers set a 4xx `status` on errors of the client. Errors without a status are internal: 500. */
function statusOf(error: unknown): number {
  const status =
    typeof error === 'object' && error !== null ? Number((error as { status?: unknown }).status) : 0
  return status >= 400 && status < 600 ? status : 500
}

function activeTrace(): SpanContext | undefined {
  const span = trace.getActiveSpan()?.spanContext()
  return span && isSpanContextValid(span) ? span : undefined
}
