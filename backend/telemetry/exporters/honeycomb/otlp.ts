import { ExportResultCode } from '@opentelemetry/core'
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import type { LogRecordProcessor } from '@opentelemetry/sdk-logs'
import {
  AggregationTemporality,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import type { SpanProcessor } from '@opentelemetry/sdk-trace'
import type { HoneycombOptions } from '../../options.ts'
import {
  type Batch,
  countExports,
  createLogQueue,
  createSpanQueue,
  type Delivery,
  EXPORT_TIMEOUT_MS,
  spanBatch,
} from '../delivery.ts'

/** Sends spans to Honeycomb in batches (OTLP over HTTP, protobuf). */
export function createSpanProcessor(options: HoneycombOptions, delivery: Delivery): SpanProcessor {
  const exporter = new OTLPTraceExporter(connection(options, 'traces'))
  return createSpanQueue(countExports(exporter, delivery, spanBatch, explainExport), delivery)
}

/** Sends log records to Honeycomb in batches, each with the trace and span that it belongs to. */
export function createLogProcessor(options: HoneycombOptions, delivery: Delivery): LogRecordProcessor {
  const exporter = new OTLPLogExporter(connection(options, 'logs'))
  const describe = (records: Parameters<OTLPLogExporter['export']>[0]) => ({
    count: records.length,
    traceIds: records.flatMap(({ spanContext }) => spanContext?.traceId ?? []),
  })
  return createLogQueue(countExports(exporter, delivery, describe, explainExport), delivery)
}

/** Sends metrics to Honeycomb. Without the dataset header Honeycomb files them under "unknown_metrics". */
export function createMetricExporter(
  service: string,
  options: HoneycombOptions,
  delivery: Delivery,
): PushMetricExporter {
  const exporter = new OTLPMetricExporter({
    ...connection(options, 'metrics', { 'x-honeycomb-dataset': `${service}-metrics` }),
    // Honeycomb charts what happened in each interval; it does not take differences of running totals.
    temporalityPreference: AggregationTemporality.DELTA,
  })
  const counted = countExports(exporter, delivery, metricBatch, explainExport)
  const send = counted.export.bind(counted)
  counted.export = (metrics, done) => {
    delivery.started(metricBatch(metrics).count)
    // The reader would log every failed export; `delivery` logs the first.
    send(metrics, () => done({ code: ExportResultCode.SUCCESS }))
  }
  return counted
}

function connection(
  { endpoint, headers }: HoneycombOptions,
  signal: 'traces' | 'logs' | 'metrics',
  more: Readonly<Record<string, string>> = {},
) {
  return {
    url: `${endpoint}/v1/${signal}`,
    headers: { ...headers, ...more },
    timeoutMillis: EXPORT_TIMEOUT_MS,
  }
}

function metricBatch({ scopeMetrics }: ResourceMetrics): Batch {
  return { count: scopeMetrics.reduce((sum, { metrics }) => sum + metrics.length, 0), traceIds: [] }
}

/** Says what to do about the most common failures; for the others quotes the response. */
function explainExport(error: Error | undefined): string {
  const { code, data } = (error ?? {}) as { code?: number | string; data?: string }
  if (code === 401)
    return 'Honeycomb answered 401: the key is missing, mistyped, or of another region (npm run env -- HONEYCOMB_API_KEY)'
  if (code === 'ECONNREFUSED') return 'nothing listens at the OTLP endpoint (npm run status)'
  return [error?.message, data?.slice(0, 200)].filter(Boolean).join(': ') || 'the export failed'
}
