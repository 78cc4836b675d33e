import { type ExportResult, ExportResultCode } from '@opentelemetry/core'
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-proto'
import type { Instrumentation } from '@opentelemetry/instrumentation'
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node'
import {
  AggregationTemporality,
  AggregationType,
  PeriodicExportingMetricReader,
  type ResourceMetrics,
  type ViewOptions,
} from '@opentelemetry/sdk-metrics'
import type { Delivery } from '../delivery.ts'
import { EXPORT_TIMEOUT_MS } from '../span-queue.ts'
import { explainExport, type HoneycombOptions } from './traces.ts'

export interface Metrics {
  readonly reader: PeriodicExportingMetricReader
  readonly views: ViewOptions[]
  /** Of the process itself: event loop, heap, garbage collection. */
  readonly runtime: Instrumentation
}

/** How often the event loop's delay is looked at. The stock 10 ms keeps an idle process awake a hundred times a second. */
const EVENT_LOOP_PRECISION_MS = 100

/** As OpenTelemetry has it. */
const INTERVAL_MS = 60_000

/** Every metric of the process, in a dataset of its own: without the header Honeycomb puts it among unknown ones. */
export function createMetrics(
  service: string,
  options: HoneycombOptions,
  intervalMs: number | undefined,
  delivery: Delivery,
): Metrics {
  const everyMs = intervalMs ?? INTERVAL_MS
  const exporter = new CountingExporter(delivery, {
    url: `${options.endpoint}/v1/metrics`,
    headers: { ...options.headers, 'x-honeycomb-dataset': `${service}-metrics` },
    timeoutMillis: EXPORT_TIMEOUT_MS,
    // Honeycomb charts what happened in each interval; it does not take differences of running totals.
    temporalityPreference: AggregationTemporality.DELTA,
  })
  return {
    reader: new PeriodicExportingMetricReader({
      exporter,
      exportIntervalMillis: everyMs,
      exportTimeoutMillis: Math.min(EXPORT_TIMEOUT_MS, everyMs),
    }),
    // Telemetry's own posts would be among them, which are not traced either.
    views: [{ instrumentName: 'http.client.*', aggregation: { type: AggregationType.DROP } }],
    runtime: new RuntimeNodeInstrumentation({ monitoringPrecision: EVENT_LOOP_PRECISION_MS }),
  }
}

/** Counts each metric sent. The reader would tell of every failed export; `Delivery` does, once. */
class CountingExporter extends OTLPMetricExporter {
  readonly #delivery: Delivery

  constructor(delivery: Delivery, ...config: ConstructorParameters<typeof OTLPMetricExporter>) {
    super(...config)
    this.#delivery = delivery
  }

  override export(resourceMetrics: ResourceMetrics, done: (result: ExportResult) => void): void {
    const count = resourceMetrics.scopeMetrics.reduce((sum, { metrics }) => sum + metrics.length, 0)
    this.#delivery.started(count)
    super.export(resourceMetrics, ({ code, error }) => {
      if (code === ExportResultCode.SUCCESS) this.#delivery.accepted([], count)
      else this.#delivery.refused(count, explainExport(error))
      done({ code: ExportResultCode.SUCCESS })
    })
  }
}
