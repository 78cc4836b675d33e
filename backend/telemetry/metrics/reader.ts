import type { Attributes } from '@opentelemetry/api'
import type { Instrumentation } from '@opentelemetry/instrumentation'
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node'
import {
  AggregationType,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics'
import { sqlOperation } from '../instrumentation/sql-operation.ts'

export interface Metrics {
  readonly reader: PeriodicExportingMetricReader
  readonly views: ViewOptions[]
  /** Event loop, heap and garbage collection of the process. */
  readonly runtime: Instrumentation
}

/** How often the delay of the event loop is sampled. The default of 10 ms wakes an idle process 100 times a second. */
const EVENT_LOOP_PRECISION_MS = 100

const COLLECTION_TIMEOUT_MS = 10_000

/** OpenTelemetry's default. */
const INTERVAL_MS = 60_000

/** Collects every metric of the process and hands it to `exporter`, by default once a minute. */
export function createMetrics(exporter: PushMetricExporter, intervalMs = INTERVAL_MS): Metrics {
  return {
    reader: new PeriodicExportingMetricReader({
      exporter,
      exportIntervalMillis: intervalMs,
      // The exporter returns at once, so this bounds the collection only.
      exportTimeoutMillis: Math.min(COLLECTION_TIMEOUT_MS, intervalMs),
    }),
    views: [
      // Telemetry's own posts would be among them, which are not traced either.
      { instrumentName: 'http.client.*', aggregation: { type: AggregationType.DROP } },
      { instrumentName: 'db.client.operation.duration', attributesProcessors: [{ process: nameOperation }] },
    ],
    runtime: new RuntimeNodeInstrumentation({ monitoringPrecision: EVENT_LOOP_PRECISION_MS }),
  }
}

/** The instrumentation takes the text up to the first space (`SELECT\n*`); each value would become a time series. */
function nameOperation(attributes: Attributes): Attributes {
  const { 'db.operation.name': text, ...others } = attributes
  const operation = sqlOperation(String(text))
  if (operation === text) return attributes
  return operation ? { ...others, 'db.operation.name': operation } : others
}
