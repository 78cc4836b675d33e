import type { IncomingHttpHeaders } from 'node:http2'
import { HttpError } from '../http/answer.ts'

/** Source: https://grpc.io/docs/guides/status-codes/ */
const CODES = {
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const
export type GrpcStatus = keyof typeof CODES

/**
 * What Honeycomb answers over gRPC where it answers with these statuses over HTTP. Exporters repeat a request after
 * UNAVAILABLE and DEADLINE_EXCEEDED.
 *
 * Sources: https://github.com/honeycombio/husky/blob/main/otlp/errors.go,
 * https://opentelemetry.io/docs/specs/otlp/#otlpgrpc-response
 */
const STATUS_OF_HTTP: Readonly<Record<number, GrpcStatus>> = {
  400: 'INTERNAL',
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'UNIMPLEMENTED',
  408: 'DEADLINE_EXCEEDED',
  413: 'RESOURCE_EXHAUSTED',
  415: 'UNIMPLEMENTED',
  503: 'UNAVAILABLE',
}

/** A request that is no call of gRPC. Its answer has the HTTP status, too. */
class NotGrpc extends HttpError {
  override readonly name = 'NotGrpc'
}

/**
 * Throws a NotGrpc, as grpc-go answers it.
 *
 * Source: https://github.com/grpc/grpc-go/blob/master/internal/transport/http2_server.go, operateHeaders
 */
export function checkProtocol(headers: IncomingHttpHeaders): void {
  const type = headers['content-type'] ?? ''
  if (!/^application\/grpc(\+proto)?(;|$)/.test(type)) {
    throw new NotGrpc(415, `invalid gRPC request content-type "${type}"`)
  }
  const method = headers[':method']
  if (method !== 'POST') throw new NotGrpc(405, `the method is ${method} and should be POST`)
}

export function statusOf(error: HttpError): GrpcStatus {
  if (error instanceof NotGrpc) return error.status === 415 ? 'INVALID_ARGUMENT' : 'INTERNAL'
  return STATUS_OF_HTTP[error.status] ?? 'INTERNAL'
}

export function httpStatusOf(error: HttpError): number {
  return error instanceof NotGrpc ? error.status : 200
}

/** A client rejects headers of more than some kilobytes. Messages may contain what was sent. */
const MAX_MESSAGE_LENGTH = 1_000

/** The trailers of a call that failed. */
export function errorTrailers(error: HttpError) {
  const message = error.message.slice(0, MAX_MESSAGE_LENGTH)
  return { 'grpc-status': String(CODES[statusOf(error)]), 'grpc-message': percentEncode(message) }
}

/** Source: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, Percent-Encoded */
function percentEncode(text: string): string {
  return text.toWellFormed().replace(/[^ -$&-~]/gu, encodeURIComponent)
}
