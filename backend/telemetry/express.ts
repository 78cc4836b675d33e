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

/** `GET /health/telemetry`: what was accepted, refused, dropped and unconfirmed, per provider. */
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
 * An error decides the status only if it was made for this response: an `HttpError`, an error with a boolean `expose`
 * beside its `status` or `statusCode` (http-errors, and so the body parsers of Express), or the router's URIError for a
 * path that cannot be decoded. Any other is a 500, because clients of other services (axios, AWS's SDK) put the status of
 * the answer that they received into their errors.
 *
 * Source: https://www.rfc-editor.org/rfc/rfc9457, https://github.com/jshttp/http-errors#error-properties
 */
export function problemResponses(telemetry: Pick<Telemetry, 'reportError'>): ErrorRequestHandler {
  // Express recognizes a handler of errors by its four parameters.
  return (error, request, response, _next) => {
    const { status, detail, issues } = problemOf(error)
    const uuid = status >= 500 ? telemetry.reportError(error, request) : undefined
    if (response.headersSent) {
      // Part of the response is sent. Closing the connection is the only way to tell the client that it is incomplete.
      // Not left to Express, which reads the error again.
      if (!response.writableEnded) request.socket.destroy()
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
        detail,
        instance: request.path,
        ...(issues.length > 0 && { errors: issues }),
        ...(span && {
          trace_id: span.traceId,
          xray_trace_id: toXRayTraceId(span.traceId),
          sampled: isSampled(span),
        }),
        ...(uuid && { rollbar_uuid: uuid }),
      })
  }
}

interface Problem {
  readonly status: number
  readonly detail: string
  readonly issues: readonly ValidationIssue[]
}

const INTERNAL_ERROR: Problem = { status: 500, detail: 'The error has been recorded.', issues: [] }

/** Never throws, whatever was thrown. */
function problemOf(thrown: unknown): Problem {
  try {
    const { status, statusCode, expose, message } = thrown as Readonly<Record<string, unknown>>
    const isForThisResponse =
      thrown instanceof HttpError || typeof expose === 'boolean' || thrown instanceof URIError
    const code = Number(status ?? statusCode)
    if (!isForThisResponse || !Number.isInteger(code) || code < 400 || code > 599) return INTERNAL_ERROR
    if (code >= 500) return { ...INTERNAL_ERROR, status: code }
    const detail = expose === false ? STATUS_CODES[code] : message
    return { status: code, detail: String(detail), issues: thrown instanceof HttpError ? thrown.issues : [] }
  } catch {
    return INTERNAL_ERROR
  }
}

function activeTrace(): SpanContext | undefined {
  const span = trace.getActiveSpan()?.spanContext()
  return span && isSpanContextValid(span) ? span : undefined
}
