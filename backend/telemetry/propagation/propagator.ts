import {
  type Context,
  context,
  isSpanContextValid,
  type Span,
  type SpanOptions,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api'
import { isTracingSuppressed, W3CTraceContextPropagator } from '@opentelemetry/core'
import type { IdGenerator } from '@opentelemetry/sdk-trace'
import { isSampled } from '../sampling/sample-rate.ts'
import { formatXRayHeader, getCaller, parseXRayHeader, setCaller, XRAY_HEADER } from './xray-header.ts'

/**
 * Reads W3C `traceparent` and X-Ray's `X-Amzn-Trace-Id`, and sends both, so that a trace crosses services of either
 * kind. `traceparent` wins: OpenTelemetry's callers send it with the exact parent span, while a load balancer in between
 * rewrites the other.
 *
 * @opentelemetry/propagator-aws-xray reads only the full form of X-Ray's header and loses the trace id of all others
 * (`Root=…` alone, which a load balancer sends, and `Sampled=?`).
 */
export class TraceHeadersPropagator implements TextMapPropagator {
  readonly #w3c = new W3CTraceContextPropagator()

  inject(at: Context, carrier: unknown, setter: TextMapSetter): void {
    this.#w3c.inject(at, carrier, setter)
    const span = trace.getSpanContext(at)
    if (!span || !isSpanContextValid(span) || isTracingSuppressed(at)) return
    setter.set(carrier, XRAY_HEADER, formatXRayHeader(span.traceId, span.spanId, isSampled(span)))
  }

  extract(at: Context, carrier: unknown, getter: TextMapGetter): Context {
    const fromW3c = this.#w3c.extract(at, carrier, getter)
    const w3c = trace.getSpanContext(fromW3c)
    if (w3c && isSpanContextValid(w3c)) return fromW3c

    const value = getter.get(carrier, XRAY_HEADER)
    const text = Array.isArray(value) ? value.join(',') : value
    const header = text ? parseXRayHeader(text) : undefined
    if (!header) return at
    const decision =
      header.sampled === 'yes' || header.sampled === 'no' ? { isSampled: header.sampled === 'yes' } : {}
    if (!header.parentId) return setCaller(at, { rootTraceId: header.traceId, ...decision })
    const withParent = trace.setSpanContext(at, {
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

/** An id generator that can be given the trace id for the duration of one call. */
export class RootTraceIdGenerator implements IdGenerator {
  readonly #inner: IdGenerator
  #given: string | undefined

  constructor(inner: IdGenerator) {
    this.#inner = inner
  }

  /** Runs `start`; a trace that begins in it gets this id. Synchronous, so that no other request can interleave. */
  withTraceId<T>(traceId: string, start: () => T): T {
    this.#given = traceId
    try {
      return start()
    } finally {
      this.#given = undefined
    }
  }

  generateTraceId = (): string => this.#given ?? this.#inner.generateTraceId()

  generateSpanId = (): string => this.#inner.generateSpanId()
}

/**
 * A tracer for incoming requests. Where the caller sent a trace id without a parent span, it starts a root span in that
 * trace. OpenTelemetry's context cannot express this: a span context without a span id is invalid, and an invented span
 * id would be a parent that never arrives.
 */
export function withRootTraceIds(tracer: Tracer, ids: RootTraceIdGenerator): Tracer {
  return {
    startSpan: (name: string, options?: SpanOptions, parent = context.active()): Span => {
      const traceId = trace.getSpanContext(parent) ? undefined : getCaller(parent)?.rootTraceId
      const start = () => tracer.startSpan(name, options, parent)
      return traceId ? ids.withTraceId(traceId, start) : start()
    },
    startActiveSpan: tracer.startActiveSpan.bind(tracer),
  }
}
