import {
  type Context,
  isSpanContextValid,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import { isTracingSuppressed, W3CTraceContextPropagator } from '@opentelemetry/core'
import { isSampled } from '../sampling/sampled.ts'
import { setCaller } from './caller.ts'
import { formatXRayHeader, parseXRayHeader, XRAY_HEADER } from './xray-header.ts'

/**
 * Understands both W3C `traceparent` and X-Ray's `X-Amzn-Trace-Id`, and sends both on, so that a trace crosses
 * services of either kind. `traceparent` wins: OpenTelemetry's own callers send it with the exact parent span, while
 * a load balancer in between rewrites the other.
 *
 * @opentelemetry/propagator-aws-xray reads only the header's full form and loses the trace id of all others (the
 * `Root=…` alone that a load balancer sends, `Sampled=?`), which is why the reading is done here.
 */
export class TraceHeadersPropagator implements TextMapPropagator {
  readonly #w3c = new W3CTraceContextPropagator()

  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    this.#w3c.inject(context, carrier, setter)
    const span = trace.getSpanContext(context)
    if (!span || !isSpanContextValid(span) || isTracingSuppressed(context)) return
    setter.set(carrier, XRAY_HEADER, formatXRayHeader(span.traceId, span.spanId, isSampled(span)))
  }

  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const fromW3c = this.#w3c.extract(context, carrier, getter)
    const w3c = trace.getSpanContext(fromW3c)
    if (w3c && isSpanContextValid(w3c)) return fromW3c

    const value = getter.get(carrier, XRAY_HEADER)
    const text = Array.isArray(value) ? value[0] : value
    const header = text ? parseXRayHeader(text) : undefined
    if (!header) return context
    const decision =
      header.sampled === 'yes' || header.sampled === 'no' ? { isSampled: header.sampled === 'yes' } : {}
    if (!header.parentId) return setCaller(context, { rootTraceId: header.traceId, ...decision })
    const withParent = trace.setSpanContext(context, {
      traceId: header.traceId,
      spanId: header.parentId,
      traceFlags: decision.isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
      isRemote: true,
    })
    return setCaller(withParent, decision)
  }

  fields(): string[] {
    return [...this.#w3c.fields(), XRAY_HEADER]
  }
}
