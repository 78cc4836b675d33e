import { diag } from '@opentelemetry/api'
import type { LogRecordProcessor } from '@opentelemetry/sdk-logs'
import type { SpanProcessor } from '@opentelemetry/sdk-trace'
import { Delivery } from './exporters/delivery.ts'
import type { ErrorReporter } from './exporters/rollbar/error-reporter.ts'
import type { Metrics } from './metrics/reader.ts'
import type { TelemetryOptions } from './options.ts'
import type { Provider, ProviderReport } from './report.ts'

/** What is counted separately: traces at each provider, and Honeycomb's other signals. */
type Stream = Provider | 'logs' | 'metrics'

/** What a stream adds to OpenTelemetry. */
interface Part {
  readonly spanProcessor?: SpanProcessor
  readonly logRecordProcessor?: LogRecordProcessor
  readonly metrics?: Metrics
  readonly errors?: ErrorReporter
}

type Create = (delivery: Delivery) => Promise<Part>

/** How each stream is created; undefined where it is off. The imports are dynamic: a stream that is off is not loaded. */
const STREAMS: Readonly<Record<Stream, (options: TelemetryOptions) => Create | undefined>> = {
  honeycomb: ({ honeycomb }) =>
    honeycomb &&
    (async (delivery) => {
      const { createSpanProcessor } = await import('./exporters/honeycomb/otlp.ts')
      return { spanProcessor: createSpanProcessor(honeycomb, delivery) }
    }),
  logs: ({ honeycomb }) =>
    honeycomb &&
    (async (delivery) => {
      const { createLogProcessor } = await import('./exporters/honeycomb/otlp.ts')
      return { logRecordProcessor: createLogProcessor(honeycomb, delivery) }
    }),
  metrics: ({ honeycomb, serviceName, metricsIntervalMs }) =>
    honeycomb &&
    (async (delivery) => {
      const { createMetricExporter } = await import('./exporters/honeycomb/otlp.ts')
      const { createMetrics } = await import('./metrics/reader.ts')
      return {
        metrics: createMetrics(createMetricExporter(serviceName, honeycomb, delivery), metricsIntervalMs),
      }
    }),
  xray: ({ xray, serviceName: name, serviceVersion: version }) => {
    if (!xray || xray.pipeline === 'collector') return undefined
    if (xray.pipeline === 'otlp') {
      return async (delivery) => {
        const { createOtlpPipeline } = await import('./exporters/xray/otlp-pipeline.ts')
        return { spanProcessor: createOtlpPipeline(xray, delivery) }
      }
    }
    return async (delivery) => {
      const { createSdkPipeline } = await import('./exporters/xray/sdk-pipeline.ts')
      return { spanProcessor: createSdkPipeline(xray, { name, version }, delivery) }
    }
  },
  rollbar: (options) => {
    const { rollbar, serviceName: name, serviceVersion: version, linksTo = () => ({}) } = options
    return (
      rollbar &&
      (async (delivery) => {
        const { createErrorReporter } = await import('./exporters/rollbar/error-reporter.ts')
        const allowed = new Set(options.allowedQueryParameters)
        return { errors: createErrorReporter(rollbar, { name, version }, delivery, linksTo, allowed) }
      })
    )
  },
}

export interface Providers {
  readonly spanProcessors: SpanProcessor[]
  readonly logRecordProcessors: LogRecordProcessor[]
  /** Where Honeycomb is on. */
  readonly metrics: Metrics | undefined
  /** Where Rollbar is on. */
  readonly errors: ErrorReporter | undefined
  report(): Readonly<Record<Stream, ProviderReport>>
  /** Logs what each stream has lost. */
  logLosses(): void
}

export async function createProviders(options: TelemetryOptions): Promise<Providers> {
  const deliveries = new Map<Stream, Delivery>()
  const parts: Part[] = []
  for (const [stream, creation] of Object.entries(STREAMS) as [Stream, (typeof STREAMS)[Stream]][]) {
    const create = creation(options)
    if (!create) continue
    const delivery = new Delivery((message) => diag.warn(`${stream}: ${message}`))
    deliveries.set(stream, delivery)
    parts.push(await create(delivery))
  }
  const reportOf = (stream: Stream): ProviderReport => {
    const delivery = deliveries.get(stream)
    return delivery ? { enabled: true, ...delivery.report() } : { enabled: false }
  }
  return {
    spanProcessors: parts.flatMap(({ spanProcessor }) => spanProcessor ?? []),
    logRecordProcessors: parts.flatMap(({ logRecordProcessor }) => logRecordProcessor ?? []),
    metrics: parts.find(({ metrics }) => metrics)?.metrics,
    errors: parts.find(({ errors }) => errors)?.errors,
    report: () => ({
      honeycomb: reportOf('honeycomb'),
      xray:
        options.xray?.pipeline === 'collector' ? { enabled: false, pipeline: 'collector' } : reportOf('xray'),
      rollbar: reportOf('rollbar'),
      logs: reportOf('logs'),
      metrics: reportOf('metrics'),
    }),
    logLosses: () => {
      for (const [stream, delivery] of deliveries) logLoss(stream, delivery)
    },
  }
}

function logLoss(stream: Stream, delivery: Delivery): void {
  const { pending, refused, dropped, lastError } = delivery.report()
  if (pending + refused + dropped === 0) return
  const last = lastError ? ` (last: ${lastError.message})` : ''
  diag.warn(`${stream}: ${pending} not delivered in time, ${refused} refused, ${dropped} dropped${last}`)
}
