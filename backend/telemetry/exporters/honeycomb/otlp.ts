import { ExportResultCode } from '@opentelemetry/core'
import { ProtobufLogsSerializer, ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer'
import type { LogRecordProcessor, ReadableLogRecord } from '@opentelemetry/sdk-logs'
import {
  AggregationTemporality,
  InstrumentType,
  type PushMetricExporter,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import type { SpanProcessor } from '@opentelemetry/sdk-trace'
import { withDeadline } from '../../deadline.ts'
import { addExemplars } from '../../metrics/exemplar-encoding.ts'
import type { ExemplarReservoir } from '../../metrics/exemplar-reservoir.ts'
import type { HoneycombOptions } from '../../options.ts'
import { Batches } from '../batches.ts'
import type { Delivery } from '../delivery.ts'
import { POST_TIMEOUT_MS } from '../http-post.ts'
import { sizeOfRecord } from '../item-size.ts'
import { createOtlpQueue, createSpanSender, type OtlpTarget } from '../otlp.ts'

const MIB = 1024 * 1024
/** How much of each signal waits for Honeycomb in an outage: 64 MiB in all. An encoded span has some 400 bytes. */
const SPAN_ROOM = { maxBytes: 40 * MIB, maxItems: 65_536 }
const LOG_ROOM = { maxBytes: 20 * MIB, maxItems: 65_536 }
const METRIC_ROOM = { maxBytes: 4 * MIB, maxItems: 65_536 }

/** Sends spans to Honeycomb in batches. */
export function createSpanProcessor(options: HoneycombOptions, delivery: Delivery): SpanProcessor {
  return createSpanSender(targetOf(options, 'traces'), SPAN_ROOM, delivery)
}

/** Sends log records to Honeycomb in batches, each with the trace and span that it belongs to. */
export function createLogProcessor(options: HoneycombOptions, delivery: Delivery): LogRecordProcessor {
  const batches = new Batches<ReadableLogRecord>({
    what: 'log record',
    sizeOf: sizeOfRecord,
    encode: (records) => ProtobufLogsSerializer.serializeRequest(records),
    traceIdOf: ({ spanContext }) => spanContext?.traceId,
    queue: createOtlpQueue(ProtobufLogsSerializer, targetOf(options, 'logs'), LOG_ROOM, delivery),
    delivery,
  })
  return {
    onEmit: (record) => batches.add(record),
    forceFlush: () => batches.flush(),
    shutdown: () => batches.flush(),
  }
}

/** Sends metrics to Honeycomb. Without the dataset header Honeycomb files them under "unknown_metrics". */
export function createMetricExporter(
  service: string,
  options: HoneycombOptions,
  delivery: Delivery,
  exemplars: ExemplarReservoir,
): PushMetricExporter {
  const target = targetOf(options, 'metrics', { 'x-honeycomb-dataset': `${service}-metrics` })
  const queue = createOtlpQueue(ProtobufMetricsSerializer, target, METRIC_ROOM, delivery)
  const flush = async () => {
    await withDeadline(queue.flush(), POST_TIMEOUT_MS)
  }
  return {
    export(metrics, done) {
      const batch = { count: countPoints(metrics), traceIds: [] }
      delivery.started(batch.count)
      try {
        const body = ProtobufMetricsSerializer.serializeRequest(metrics) ?? new Uint8Array()
        queue.add({ body: addExemplars(body, metrics, exemplars), batch })
      } catch (error) {
        delivery.drop(batch, `metrics cannot be encoded: ${(error as Error).message}`)
      }
      // The reader need not wait: the queue delivers, counts and logs.
      done({ code: ExportResultCode.SUCCESS })
    },
    // Honeycomb charts what happened in each interval; it does not take differences of running totals. A counter that
    // also falls is a level, not an event.
    selectAggregationTemporality: (type) =>
      type === InstrumentType.UP_DOWN_COUNTER || type === InstrumentType.OBSERVABLE_UP_DOWN_COUNTER
        ? AggregationTemporality.CUMULATIVE
        : AggregationTemporality.DELTA,
    forceFlush: flush,
    shutdown: flush,
  }
}

/** The receiver counts data points: a metric has one for each combination of its attributes. */
function countPoints({ scopeMetrics }: ResourceMetrics): number {
  const all = scopeMetrics.flatMap(({ metrics }) => metrics)
  return all.reduce((sum, { dataPoints }) => sum + dataPoints.length, 0)
}

function targetOf(
  { endpoint, headers }: HoneycombOptions,
  signal: 'traces' | 'logs' | 'metrics',
  more: Readonly<Record<string, string>> = {},
): OtlpTarget {
  const all = { ...headers, ...more }
  return {
    provider: 'Honeycomb',
    url: new URL(`${endpoint}/v1/${signal}`),
    headersOf: async () => all,
    fixOf: (status) => FIXES[status],
  }
}

const FIXES: Readonly<Record<number, string>> = {
  401: 'the key is missing, mistyped, or of another region: check HONEYCOMB_API_KEY',
  404: 'the endpoint must not include /v1/traces: check OTEL_EXPORTER_OTLP_ENDPOINT',
  429: 'the rate limit of the team or of the environment is reached; what waits is sent again',
}
