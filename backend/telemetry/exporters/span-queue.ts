import { ExportResultCode } from '@opentelemetry/core'
import {
  BatchSpanProcessor,
  type ReadableSpan,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace'
import { isSampled } from '../sampling/sampled.ts'
import type { Delivery } from './delivery.ts'

/** Spans waiting to be sent; beyond it the newest are dropped, and counted. About 1 KB each. */
const MAX_QUEUE = 8_192
/** The SDK's five seconds look to a learner like "nothing arrived". */
export const BATCH_DELAY_MS = 500
export const EXPORT_TIMEOUT_MS = 10_000

/**
 * Spans in batches of at most 512 to an exporter that counts what became of them. The batch processor drops silently
 * when its queue is full; this drops before it does, and says so.
 */
export function createSpanQueue(exporter: SpanExporter, delivery: Delivery): SpanProcessor {
  const queue = new BatchSpanProcessor({
    exporter,
    maxQueueSize: MAX_QUEUE,
    scheduledDelayMillis: BATCH_DELAY_MS,
    exportTimeoutMillis: EXPORT_TIMEOUT_MS,
  })
  return {
    onStart: (span, context) => queue.onStart(span, context),
    onEnd(span) {
      if (!isSampled(span.spanContext())) return
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

/** Counts each batch as accepted or refused by how its export ended; `explain` puts a failure in words. */
export function countDeliveries(
  exporter: SpanExporter,
  delivery: Delivery,
  explain: (error: Error | undefined) => string,
): SpanExporter {
  return {
    export(spans: ReadableSpan[], done) {
      exporter.export(spans, (result) => {
        if (result.code === ExportResultCode.SUCCESS) delivery.accepted(traceIdsOf(spans), spans.length)
        else delivery.refused(spans.length, explain(result.error))
        done(result)
      })
    },
    forceFlush: () => exporter.forceFlush?.() ?? Promise.resolve(),
    shutdown: () => exporter.shutdown(),
  }
}

export function traceIdsOf(spans: readonly ReadableSpan[]): Set<string> {
  return new Set(spans.map((span) => span.spanContext().traceId))
}
