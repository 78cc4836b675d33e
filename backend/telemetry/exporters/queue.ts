import { type ExportResult, ExportResultCode } from '@opentelemetry/core'
import { BatchLogRecordProcessor, type LogRecordProcessor } from '@opentelemetry/sdk-logs'
import { BatchSpanProcessor, type SpanExporter, type SpanProcessor } from '@opentelemetry/sdk-trace'
import { isSampled } from '../sampling/sample-rate.ts'
import type { Batch, Delivery } from './delivery.ts'

export const EXPORT_TIMEOUT_MS = 10_000

/** Items waiting to be sent; the newest are dropped, and counted, beyond it. A span is about 1 KB. */
const MAX_QUEUE = 8_192

/** Both SDK processors drop silently when their queue is full; `Delivery.admit` drops earlier, and counts. */
const BATCHING = {
  maxQueueSize: MAX_QUEUE,
  /** The SDK's default of 5 s looks to a learner like "nothing arrived". */
  scheduledDelayMillis: 500,
  exportTimeoutMillis: EXPORT_TIMEOUT_MS,
}

/** Sends sampled spans in batches of at most 512. The exporter must settle each of them with `delivery`. */
export function createSpanQueue(exporter: SpanExporter, delivery: Delivery): SpanProcessor {
  const queue = new BatchSpanProcessor({ exporter, ...BATCHING })
  return {
    onStart: (span, context) => queue.onStart(span, context),
    onEnd: (span) => {
      if (isSampled(span.spanContext()) && delivery.admit(MAX_QUEUE, 'spans')) queue.onEnd(span)
    },
    forceFlush: () => queue.forceFlush(),
    shutdown: () => queue.shutdown(),
  }
}

/** Sends log records in batches of at most 512. The exporter must settle each of them with `delivery`. */
export function createLogQueue(
  exporter: ConstructorParameters<typeof BatchLogRecordProcessor>[0]['exporter'],
  delivery: Delivery,
): LogRecordProcessor {
  const queue = new BatchLogRecordProcessor({ exporter, ...BATCHING })
  return {
    onEmit: (record) => {
      if (delivery.admit(MAX_QUEUE, 'log records')) queue.onEmit(record)
    },
    forceFlush: () => queue.forceFlush(),
    shutdown: () => queue.shutdown(),
  }
}

interface Exporter<Items> {
  export(items: Items, done: (result: ExportResult) => void): void
}

/**
 * Makes an OpenTelemetry exporter settle with `delivery` what it exports: all accepted, or all refused. `describe` gives
 * the size and the traces of a batch, `explain` puts a failure in words.
 */
export function countExports<Items, Kind extends Exporter<Items>>(
  exporter: Kind & Exporter<Items>,
  delivery: Delivery,
  describe: (items: Items) => Batch,
  explain: (error: Error | undefined) => string,
): Kind {
  const send = exporter.export.bind(exporter)
  exporter.export = (items, done) => {
    const batch = describe(items)
    send(items, (result) => {
      const isAccepted = result.code === ExportResultCode.SUCCESS
      delivery.settle(
        batch,
        isAccepted ? undefined : { refused: batch.count, message: explain(result.error) },
      )
      done(result)
    })
  }
  return exporter
}
