import { ExportResultCode } from '@opentelemetry/core'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto'
import { BatchLogRecordProcessor, type LogRecordProcessor } from '@opentelemetry/sdk-logs'
import type { Delivery } from '../delivery.ts'
import { BATCH_DELAY_MS, EXPORT_TIMEOUT_MS } from '../span-queue.ts'
import { explainExport, type HoneycombOptions } from './traces.ts'

/** Records waiting to be sent; beyond it the newest are dropped, and counted. */
const MAX_QUEUE = 8_192

/** Log records in batches to Honeycomb, each with the trace and span that it belongs to. */
export function createLogProcessor(options: HoneycombOptions, delivery: Delivery): LogRecordProcessor {
  const exporter = new OTLPLogExporter({
    url: `${options.endpoint}/v1/logs`,
    headers: { ...options.headers },
    timeoutMillis: EXPORT_TIMEOUT_MS,
  })
  const queue = new BatchLogRecordProcessor({
    exporter: {
      export: (records, done) =>
        exporter.export(records, (result) => {
          const traceIds = records.flatMap(({ spanContext }) => spanContext?.traceId ?? [])
          if (result.code === ExportResultCode.SUCCESS) delivery.accepted(traceIds, records.length)
          else delivery.refused(records.length, explainExport(result.error))
          done(result)
        }),
      forceFlush: () => exporter.forceFlush(),
      shutdown: () => exporter.shutdown(),
    },
    maxQueueSize: MAX_QUEUE,
    scheduledDelayMillis: BATCH_DELAY_MS,
    exportTimeoutMillis: EXPORT_TIMEOUT_MS,
  })
  return {
    onEmit(record) {
      delivery.started()
      if (delivery.pending > MAX_QUEUE) {
        delivery.dropped(1, `more than ${MAX_QUEUE} log records were waiting to be sent`)
        return
      }
      queue.onEmit(record)
    },
    forceFlush: () => queue.forceFlush(),
    shutdown: () => queue.shutdown(),
  }
}
