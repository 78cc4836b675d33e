import type { HttpError } from '../http/answer.ts'

/** Source: https://grpc.io/docs/guides/status-codes/ */
const CODES = {
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

export function statusOf({ status }: HttpError): GrpcStatus {
  return STATUS_OF_HTTP[status] ?? 'INTERNAL'
}

/** The trailers of a call that failed. */
export function errorTrailers(error: HttpError) {
  return { 'grpc-status': String(CODES[statusOf(error)]), 'grpc-message': percentEncode(error.message) }
}

/** Source: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md, Percent-Encoded */
function percentEncode(text: string): string {
  return text.toWellFormed().replace(/[^ -$&-~]/gu, encodeURIComponent)
}
