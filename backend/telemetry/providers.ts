import { diag } from '@opentelemetry/api'
import type { LogRecordProcessor } from '@opentelemetry/sdk-logs'
import type { SpanProcessor } from '@opentelemetry/sdk-trace'
import { Delivery } from './exporters/delivery.ts'
import type { Metrics } from './exporters/honeycomb/metrics.ts'
import type { HoneycombOptions } from './exporters/honeycomb/traces.ts'
import type { ErrorReporter, RollbarOptions } from './exporters/rollbar/error-reporter.ts'
import type { TelemetryOptions, XRayCollectorOptions, XRayOptions } from './options.ts'
import type { Provider, ProviderReport } from './report.ts'

type Stream = Provider | 'logs' | 'metrics'

/** What the providers that are on add to OpenTelemetry. Each is a module of its own: one that is off is not loaded. */
export interface Providers {
  readonly spanProcessors: readonly SpanProcessor[]
  readonly logRecordProcessors: readonly LogRecordProcessor[]
  readonly metrics: Metrics | undefined
  readonly errors: ErrorReporter | undefined
  report(): Readonly<Record<Stream, ProviderReport>>
  /** Names every provider that has not had all. */
  sayWhatWasLost(): void
}

export async function createProviders(options: TelemetryOptions): Promise<Providers> {
  const deliveries = new Map<Stream, Delivery>()
  const deliveryOf = (stream: Stream) => {
    const delivery = new Delivery((message) => diag.warn(`${stream}: ${message}`))
    deliveries.set(stream, delivery)
    return delivery
  }
  const { honeycomb, xray, rollbar } = options
  const traces = honeycomb && (await createTraces(honeycomb, deliveryOf('honeycomb')))
  const isCollected = xray?.pipeline === 'collector'
  const segments = xray && !isCollected ? await createSegments(xray, options, deliveryOf('xray')) : undefined
  const errors = rollbar && (await createErrors(rollbar, options, deliveryOf('rollbar')))
  const logs = honeycomb && (await createLogs(honeycomb, deliveryOf('logs')))
  const metrics = honeycomb && (await createMetricParts(honeycomb, options, deliveryOf('metrics')))

  const reportOf = (stream: Stream): ProviderReport => {
    const delivery = deliveries.get(stream)
    return delivery ? { enabled: true, ...delivery.report() } : { enabled: false }
  }
  return {
    spanProcessors: [traces, segments].filter((processor) => processor !== undefined),
    logRecordProcessors: logs ? [logs] : [],
    metrics,
    errors,
    report: () => ({
      honeycomb: reportOf('honeycomb'),
      xray: isCollected ? { enabled: false, pipeline: 'collector' } : reportOf('xray'),
      rollbar: reportOf('rollbar'),
      logs: reportOf('logs'),
      metrics: reportOf('metrics'),
    }),
    sayWhatWasLost: () => {
      for (const [stream, delivery] of deliveries) sayLoss(stream, delivery)
    },
  }
}

async function createTraces(honeycomb: HoneycombOptions, delivery: Delivery): Promise<SpanProcessor> {
  const { createHoneycombProcessor } = await import('./exporters/honeycomb/traces.ts')
  return createHoneycombProcessor(honeycomb, delivery)
}

async function createLogs(honeycomb: HoneycombOptions, delivery: Delivery): Promise<LogRecordProcessor> {
  const { createLogProcessor } = await import('./exporters/honeycomb/logs.ts')
  return createLogProcessor(honeycomb, delivery)
}

async function createMetricParts(
  honeycomb: HoneycombOptions,
  { serviceName, metricsIntervalMs }: TelemetryOptions,
  delivery: Delivery,
): Promise<Metrics> {
  const { createMetrics } = await import('./exporters/honeycomb/metrics.ts')
  return createMetrics(serviceName, honeycomb, metricsIntervalMs, delivery)
}

async function createSegments(
  xray: Exclude<XRayOptions, XRayCollectorOptions>,
  options: TelemetryOptions,
  delivery: Delivery,
): Promise<SpanProcessor> {
  if (xray.pipeline === 'otlp') {
    const { createXRayOtlpPipeline } = await import('./exporters/xray/otlp-pipeline.ts')
    return createXRayOtlpPipeline(xray, delivery)
  }
  const { createXRayPipeline } = await import('./exporters/xray/sdk-pipeline.ts')
  return createXRayPipeline(xray, serviceOf(options), delivery)
}

async function createErrors(
  rollbar: RollbarOptions,
  options: TelemetryOptions,
  delivery: Delivery,
): Promise<ErrorReporter> {
  const { createErrorReporter } = await import('./exporters/rollbar/error-reporter.ts')
  return createErrorReporter(
    rollbar,
    serviceOf(options),
    delivery,
    options.linksTo ?? (() => ({})),
    new Set(options.allowedQueryParameters),
  )
}

function serviceOf({ serviceName, serviceVersion }: TelemetryOptions) {
  return { name: serviceName, version: serviceVersion }
}

function sayLoss(stream: Stream, delivery: Delivery): void {
  const { pending, refused, dropped, lastError } = delivery.report()
  if (pending + refused + dropped === 0) return
  const last = lastError ? ` (last: ${lastError.message})` : ''
  diag.warn(`${stream}: ${pending} not delivered in time, ${refused} refused, ${dropped} dropped${last}`)
}
