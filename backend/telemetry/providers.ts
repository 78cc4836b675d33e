import { diag } from '@opentelemetry/api'
import type { LogRecordProcessor } from '@opentelemetry/sdk-logs'
import type { SpanProcessor } from '@opentelemetry/sdk-trace'
import { Delivery, type DeliveryReport } from './exporters/delivery.ts'
import type { ErrorReporter } from './exporters/rollbar/error-reporter.ts'
import { SERVER_DURATION } from './instrumentation/server-duration.ts'
import type { ExemplarReservoir } from './metrics/exemplar-reservoir.ts'
import type { Metrics } from './metrics/reader.ts'
import type { CompleteOptions } from './options.ts'
import type { Scrub } from './privacy/scrub.ts'

/** What is counted separately: traces at each provider, and Honeycomb's other signals. */
type Stream = 'honeycomb' | 'xray' | 'rollbar' | 'logs' | 'metrics'

/** `pipeline: 'collector'`: this process sends to a collector, which sends to the provider. */
export type StreamReport =
  | { readonly enabled: false; readonly pipeline?: 'collector' }
  | ({ readonly enabled: true } & DeliveryReport)

/** What a stream adds to OpenTelemetry. */
interface Part {
  readonly spanProcessor?: SpanProcessor
  readonly logRecordProcessor?: LogRecordProcessor
  /** Both where Honeycomb is on. */
  readonly metrics?: Metrics
  readonly exemplars?: ExemplarReservoir
  /** Where Rollbar is on. */
  readonly errors?: ErrorReporter
}

type Create = (options: CompleteOptions, delivery: Delivery, scrub: Scrub) => Promise<Part | undefined>

/** Creates each stream; undefined where it is off. The imports are dynamic: a stream that is off is not loaded. */
const STREAMS: Readonly<Record<Stream, Create>> = {
  async honeycomb({ honeycomb }, delivery) {
    if (!honeycomb) return undefined
    const { createSpanProcessor } = await import('./exporters/honeycomb/otlp.ts')
    return { spanProcessor: createSpanProcessor(honeycomb, delivery) }
  },
  async logs({ honeycomb }, delivery) {
    if (!honeycomb) return undefined
    const { createLogProcessor } = await import('./exporters/honeycomb/otlp.ts')
    return { logRecordProcessor: createLogProcessor(honeycomb, delivery) }
  },
  async metrics({ honeycomb, serviceName, metricsIntervalMs }, delivery) {
    if (!honeycomb) return undefined
    const { createMetricExporter } = await import('./exporters/honeycomb/otlp.ts')
    const { createMetrics } = await import('./metrics/reader.ts')
    const { ExemplarReservoir } = await import('./metrics/exemplar-reservoir.ts')
    const exemplars = new ExemplarReservoir(SERVER_DURATION)
    const exporter = createMetricExporter(serviceName, honeycomb, delivery, exemplars)
    return { metrics: createMetrics(exporter, metricsIntervalMs), exemplars }
  },
  async xray({ xray, serviceName: name, serviceVersion: version }, delivery) {
    if (!xray || xray.pipeline === 'collector') return undefined
    if (xray.pipeline === 'otlp') {
      const { createOtlpPipeline } = await import('./exporters/xray/otlp-pipeline.ts')
      return { spanProcessor: createOtlpPipeline(xray, delivery) }
    }
    const { createSdkPipeline } = await import('./exporters/xray/sdk-pipeline.ts')
    return { spanProcessor: createSdkPipeline(xray, { name, version }, delivery) }
  },
  async rollbar(options, delivery, scrub) {
    if (!options.rollbar) return undefined
    const { createErrorReporter } = await import('./exporters/rollbar/error-reporter.ts')
    return { errors: createErrorReporter({ ...options, rollbar: options.rollbar }, delivery, scrub) }
  },
}

/** The providers that are on: what they add to OpenTelemetry, and what became of each stream. */
export async function createProviders(options: CompleteOptions, scrub: Scrub) {
  const deliveries = new Map<Stream, Delivery>()
  const parts: Part[] = []
  let xray: Part | undefined
  for (const [stream, create] of Object.entries(STREAMS) as [Stream, Create][]) {
    const delivery = new Delivery((message) => diag.warn(`${stream}: ${message}`), scrub)
    const part = await create(options, delivery, scrub)
    if (!part) continue
    deliveries.set(stream, delivery)
    parts.push(part)
    if (stream === 'xray') xray = part
  }
  return {
    spanProcessors: parts.flatMap(({ spanProcessor }) => spanProcessor ?? []),
    logRecordProcessors: parts.flatMap(({ logRecordProcessor }) => logRecordProcessor ?? []),
    metrics: parts.find(({ metrics }) => metrics)?.metrics,
    exemplars: parts.find(({ exemplars }) => exemplars)?.exemplars,
    errors: parts.find(({ errors }) => errors)?.errors,
    report(stream: Stream): StreamReport {
      const delivery = deliveries.get(stream)
      if (delivery) return { enabled: true, ...delivery.report() }
      const isCollected = stream === 'xray' && options.xray?.pipeline === 'collector'
      return { enabled: false, ...(isCollected && { pipeline: 'collector' }) }
    },
    /**
     * Starts to send what can leave while the process exits: datagrams. HTTP would need further turns of the event loop.
     */
    flushAtExit(): void {
      if (options.xray?.pipeline === 'sdk') void xray?.spanProcessor?.forceFlush()
    },
    /** Logs what each stream has lost. */
    logLosses(): void {
      for (const delivery of deliveries.values()) delivery.logLosses()
    },
  }
}
