import { STATUS_CODES } from 'node:http'
import { isSpanContextValid, type SpanContext, trace } from '@opentelemetry/api'
import type { ErrorRequestHandler, RequestHandler } from 'express'
import { toXRayTraceId } from '../../contracts/trace-id.ts'
import type { Telemetry } from './index.ts'
import { formatXRayHeader, XRAY_HEADER } from './propagation/xray-header.ts'
import { isSampled } from './sampling/sample-rate.ts'

/**
 * Lets every response name its trace: `traceresponse` in W3C's form, `x-amzn-trace-id` in X-Ray's, which is also the
 * answer to a caller's `Sampled=?`. First among the middleware, so that errors have it too.
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

/** `GET /health/telemetry`: what was accepted, refused and dropped, by provider. */
export function telemetryHealth(telemetry: Pick<Telemetry, 'report'>): RequestHandler {
  return (_request, response) => {
    response.set('cache-control', 'no-store').json(telemetry.report())
  }
}

/** One thing that is wrong with a request: where (`body.message`, `query.term`), and what. */
export interface RequestFault {
  readonly at: string
  readonly detail: string
}

/** An error that the client caused and may hear about: its status, its message as the detail, and each fault. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly status: number
  readonly faults: readonly RequestFault[]

  constructor(status: number, detail: string, faults: readonly RequestFault[] = []) {
    super(detail)
    this.status = status
    this.faults = faults
  }
}

/**
 * Answers an error as a problem document that names its trace. What is not the client's doing goes to Rollbar, and the
 * document has the uuid under which it is found there; its message stays inside.
 *
 * Source: https://www.rfc-editor.org/rfc/rfc9457
 */
export function problems(telemetry: Pick<Telemetry, 'reportError'>): ErrorRequestHandler {
  return (error, request, response, next) => {
    const status = statusOf(error)
    const uuid = status >= 500 ? telemetry.reportError(error, request) : undefined
    if (response.headersSent) {
      // Half an answer is out; only cutting the connection tells the client that the rest will not come.
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
        detail:
          status < 500
            ? String((error as Error).message)
            : uuid
              ? 'The error has been reported.'
              : 'The error has been recorded.',
        instance: request.path,
        ...(error instanceof HttpError && error.faults.length > 0 && { errors: error.faults }),
        ...(span && {
          trace_id: span.traceId,
          xray_trace_id: toXRayTraceId(span.traceId),
          sampled: isSampled(span),
        }),
        ...(uuid && { rollbar_uuid: uuid }),
      })
  }
}

/** Express and its body parsers mark the client's mistakes with a 4xx `status`; all else is ours, a 500 unless it says. */
function statusOf(error: unknown): number {
  const status =
    typeof error === 'object' && error !== null ? Number((error as { status?: unknown }).status) : 0
  return status >= 400 && status < 600 ? status : 500
}

function activeTrace(): SpanContext | undefined {
  const span = trace.getActiveSpan()?.spanContext()
  return span && isSpanContextValid(span) ? span : undefined
}
