import { context, type Span, type SpanOptions, type Tracer, trace } from '@opentelemetry/api'
import type { IdGenerator } from '@opentelemetry/sdk-trace'
import { getCaller } from './caller.ts'

/** An id generator whose next trace id can be given, for as long as one call lasts. */
export class RootTraceIdGenerator implements IdGenerator {
  readonly #inner: IdGenerator
  #given: string | undefined

  constructor(inner: IdGenerator) {
    this.#inner = inner
  }

  /** Runs `start`, in which any new trace gets this id. Synchronous, so that no other request can come between. */
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
 * A tracer for incoming requests: one whose caller named a trace, but no span to be the parent, starts a root span in
 * that trace. OpenTelemetry's context cannot say this: a span context without a span id is invalid, and an invented
 * one would leave the trace with a parent that never arrives.
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
