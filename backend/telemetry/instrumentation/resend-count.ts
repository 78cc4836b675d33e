import { type Attributes, context, createContextKey } from '@opentelemetry/api'

const KEY = createContextKey('http.request.resend_count')

/** Runs a call whose span says how many times it was sent before; nothing for the first time, as the conventions have it. */
export function withResendCount<Result>(count: number, call: () => Result): Result {
  return context.with(context.active().setValue(KEY, count), call)
}

/** Source: https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-client-span */
export function resendAttributes(): Attributes {
  const count = context.active().getValue(KEY)
  return typeof count === 'number' && count > 0 ? { 'http.request.resend_count': count } : {}
}
