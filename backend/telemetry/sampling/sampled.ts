import { type SpanContext, TraceFlags } from '@opentelemetry/api'

/** Whether a trace is kept, as its flags hand it on. */
export function isSampled({ traceFlags }: SpanContext): boolean {
  return (traceFlags & TraceFlags.SAMPLED) !== 0
}
