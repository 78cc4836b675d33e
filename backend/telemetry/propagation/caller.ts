import { type Context, createContextKey } from '@opentelemetry/api'

/**
 * What a caller said that OpenTelemetry's span context has no place for: a trace id without a span to be the parent,
 * or a parent without a sampling decision.
 */
export interface Caller {
  /** The trace to continue where the caller named no parent span. 32 hex digits. */
  readonly rootTraceId?: string
  /** The caller's decision; absent where we are to decide. */
  readonly isSampled?: boolean
}

const CALLER = createContextKey('what the caller said in X-Amzn-Trace-Id')

export function setCaller(context: Context, caller: Caller): Context {
  return context.setValue(CALLER, caller)
}

export function getCaller(context: Context): Caller | undefined {
  return context.getValue(CALLER) as Caller | undefined
}
