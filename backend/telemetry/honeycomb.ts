import { ExportResultCode } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import {
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace'
import type { Delivery } from './delivery.ts'

export interface HoneycombOptions {
  /** Base of `/v1/traces`. */
  readonly endpoint: string
  /** `x-honeycomb-team` among them. */
  readonly headers: Readonly<Record<string, string>>
}

/** Spans waiting to be sent; beyond it the newest are dropped, and counted. About 1 KB each. */
const MAX_QUEUE = 8_192
/** The SDK's five seconds look to a learner like "nothing arrived". */
const BATCH_DELAY_MS = 500
const EXPORT_TIMEOUT_MS = 10_000

/** Spans in batches to Honeycomb by OTLP over HTTP, protobuf. */
export function createHoneycombProcessor(options: HoneycombOptions, delivery: Delivery): SpanProcessor {
  const exporter = new OTLPTraceExporter({
    url: `${options.endpoint}/v1/traces`,
    headers: { ...options.headers },
    timeoutMillis: EXPORT_TIMEOUT_MS,
  })
  const queue = new BatchSpanProcessor({
    exporter: countDeliveries(exporter, delivery),
    maxQueueSize: MAX_QUEUE,
    scheduledDelayMillis: BATCH_DELAY_MS,
    exportTimeoutMillis: EXPORT_TIMEOUT_MS,
  })
  return countQueued(queue, delivery)
}

/** The batch processor drops silently when its queue is full; this drops before it does, and says so. */
function countQueued(queue: BatchSpanProcessor, delivery: Delivery): SpanProcessor {
  return {
    onStart: (span, context) => queue.onStart(span, context),
    onEnd(span) {
      if ((span.spanContext().traceFlags & 1) === 0) return
      delivery.started()
      if (delivery.pending > MAX_QUEUE) {
        delivery.dropped(1, `more than ${MAX_QUEUE} spans were waiting to be sent`)
        return
      }
      queue.onEnd(span)
    },
    forceFlush: () => queue.forceFlush(),
    shutdown: () => queue.shutdown(),
  }
}

function countDeliveries(exporter: SpanExporter, delivery: Delivery): SpanExporter {
  return {
    export(spans: ReadableSpan[], done) {
      exporter.export(spans, (result) => {
        if (result.code === ExportResultCode.SUCCESS) {
          delivery.accepted(new Set(spans.map((span) => span.spanContext().traceId)), spans.length)
        } else {
          delivery.refused(spans.length, explain(result.error))
        }
        done(result)
      })
    },
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  }
}

/** What a learner can act on, for the failures that are commonest. The response's body is the provider's own words. */
function explain(error: Error | undefined): string {
  const { code, data } = (error ?? {}) as { code?: number | string; data?: string }
  if (code === 401)
    return 'Honeycomb answered 401: the key is missing, mistyped, or of another region (npm run env -- HONEYCOMB_API_KEY)'
  if (code === 'ECONNREFUSED') return 'nothing listens at the OTLP endpoint (npm run status)'
  return [error?.message, data?.slice(0, 200)].filter(Boolean).join(': ') || 'the export failed'
}
