import { DiagLogLevel, diag, trace } from '@opentelemetry/api'
import { AWSXRayIdGenerator } from '@opentelemetry/id-generator-aws-xray'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources'
import type { LogRecordProcessor } from '@opentelemetry/sdk-logs'
import { NodeSDK } from '@opentelemetry/sdk-node'
import type { SpanProcessor } from '@opentelemetry/sdk-trace'
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from '@opentelemetry/semantic-conventions'
import { withDeadline } from './deadline.ts'
import { Delivery, type DeliveryReport } from './delivery.ts'
import { createHoneycombProcessor, type HoneycombOptions } from './honeycomb.ts'
import { describeServerSpan } from './http-route.ts'
import { createLogger, type Logger, type LogOptions } from './logger.ts'
import { hookModules } from './module-hook.ts'
import { TraceHeadersPropagator } from './propagation/propagator.ts'
import { RootTraceIdGenerator, withRootTraceIds } from './propagation/root-trace-id.ts'
import { createRedactionProcessor } from './redaction.ts'
import { createReportError, type ReportError } from './report-error.ts'
import type { ErrorReporter, RollbarOptions, TraceLinks } from './rollbar.ts'
import { createSampler, type SamplerOptions, type SamplerReport } from './sampler.ts'
import { createScrub } from './scrub.ts'
import type { XRaySdkOptions } from './xray/index.ts'
import type { XRayOtlpOptions } from './xray/otlp.ts'

/** What a service tells of itself. A provider that is left out is off: nothing of it is loaded. */
export interface TelemetryOptions {
  readonly serviceName: string
  readonly serviceVersion: string
  /** Attributes of the resource, beside the service's name and version. */
  readonly resource?: Readonly<Record<string, string>>
  readonly sampler: SamplerOptions
  readonly honeycomb?: HoneycombOptions | undefined
  readonly xray?: XRayOptions | undefined
  readonly rollbar?: RollbarOptions | undefined
  /** Where a trace can be looked at; goes into every Rollbar item of a sampled trace. */
  readonly linksTo?: (traceId: string) => TraceLinks
  /** Paths that are not traced: health checks, mostly. */
  readonly untracedPaths?: readonly string[]
  readonly log: LogOptions
  /** Between two exports of metrics; a minute by default. */
  readonly metricsIntervalMs?: number
  /** Values that never leave the process: keys, passwords. */
  readonly secrets?: readonly string[]
  /** Query parameters whose values may be recorded; all others are redacted everywhere. */
  readonly allowedQueryParameters?: readonly string[]
}

/** How spans reach X-Ray: as the X-Ray SDK's segments through the daemon, or as they are to its OTLP endpoint. */
export type XRayOptions = XRaySdkOptions | XRayOtlpOptions

export type Provider = 'honeycomb' | 'xray' | 'rollbar'

/** A provider that is off has nothing else to say. */
export type ProviderReport = { readonly enabled: false } | ({ readonly enabled: true } & DeliveryReport)

export interface TelemetryReport {
  readonly service: string
  readonly sampler: SamplerReport
  /** Of Honeycomb, the spans. */
  readonly providers: Readonly<Record<Provider, ProviderReport>>
  /** Log records and metrics, which go to Honeycomb too. */
  readonly logs: ProviderReport
  readonly metrics: ProviderReport
}

export interface Telemetry {
  readonly logger: Logger
  /** Puts an error on the active span, into the log, and to Rollbar if it is on, whose uuid for it is returned. */
  readonly reportError: ReportError
  report(): TelemetryReport
  /** Sends what is still here, within `STOP_DEADLINE_MS`, and says by provider what could not be delivered. */
  stop(): Promise<void>
}

/** Providers are drained side by side, so this is also how long it takes when all of them hang. */
const STOP_DEADLINE_MS = 3_000
/** As OpenTelemetry has it. */
const METRICS_INTERVAL_MS = 60_000
/** How long a start waits for X-Ray's rules, so that the first requests are decided by them. */
const RULES_DEADLINE_MS = 1_000

/**
 * Starts tracing in this process: one instrumentation (OpenTelemetry), one sampling decision, and up to three
 * providers that each get their own account of it. Await it before the application's own modules load
 * (`node --import ./instrumentation.ts server.ts`), because what was loaded earlier is not instrumented.
 */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  diag.setLogger(createDiagLogger(), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true })
  const deliveries = createDeliveries(options)
  const resource = defaultResource().merge(
    resourceFromAttributes({
      ...options.resource,
      [ATTR_SERVICE_NAME]: options.serviceName,
      [ATTR_SERVICE_VERSION]: options.serviceVersion,
    }),
  )
  const sampler = createSampler(options.sampler, resource)
  const ids = new RootTraceIdGenerator(new AWSXRayIdGenerator())
  const http = new HttpInstrumentation({
    ignoreIncomingRequestHook: ({ url = '' }) =>
      options.untracedPaths?.includes(url.split('?', 1)[0] ?? '') ?? false,
    applyCustomAttributesOnSpan: describeServerSpan,
    // The redaction processor does both ways, for every instrumentation.
    redactedQueryParams: [],
    redactedQueryParamsServer: [],
  })
  const instrumentations = [
    http,
    new UndiciInstrumentation(),
    // Queries of a request, not the pool's housekeeping or migrations, and no values: those are people's data.
    new PgInstrumentation({ requireParentSpan: true, ignoreConnectSpans: true }),
  ]
  hookModules(instrumentations)
  const metrics = await createMetricParts(options, deliveries.metrics)
  const sdk = new NodeSDK({
    resource,
    autoDetectResources: false,
    sampler,
    idGenerator: ids,
    textMapPropagator: new TraceHeadersPropagator(),
    instrumentations: metrics ? [...instrumentations, metrics.runtime] : instrumentations,
    spanProcessors: await createProcessors(options, deliveries),
    metricReaders: metrics ? [metrics.reader] : [],
    views: metrics?.views ?? [],
    logRecordProcessors: await createLogProcessors(options, deliveries.logs),
  })
  sdk.start()
  http.setTracerProvider(withRootTraceIds(trace.getTracerProvider(), ids))

  const scrub = createScrub(options.secrets ?? [])
  const logger = createLogger(options.serviceName, options.log, scrub)
  const reporter = await createReporter(options, deliveries.rollbar)
  await sampler.ready(RULES_DEADLINE_MS)

  return {
    logger,
    reportError: createReportError(logger, reporter, scrub),
    report: () => ({
      service: options.serviceName,
      sampler: sampler.report(),
      providers: {
        honeycomb: reportOf(deliveries.honeycomb),
        xray: reportOf(deliveries.xray),
        rollbar: reportOf(deliveries.rollbar),
      },
      logs: reportOf(deliveries.logs),
      metrics: reportOf(deliveries.metrics),
    }),
    stop: async () => {
      sampler.stop()
      // shutdown() rejects when an exporter does, and can take ten seconds to: neither may hold up the others.
      await Promise.all([
        withDeadline(sdk.shutdown(), STOP_DEADLINE_MS),
        withDeadline(reporter?.idle() ?? Promise.resolve(), STOP_DEADLINE_MS),
      ])
      sayWhatWasLost(deliveries)
    },
  }
}

type Deliveries = Partial<Record<Provider | 'logs' | 'metrics', Delivery>>

function createDeliveries(options: TelemetryOptions): Deliveries {
  const create = (name: Provider | 'logs' | 'metrics', isOn: unknown) =>
    isOn ? { [name]: new Delivery((message) => diag.warn(`${name}: ${message}`)) } : {}
  const { honeycomb, xray, rollbar } = options
  return {
    ...create('honeycomb', honeycomb),
    ...create('xray', xray),
    ...create('rollbar', rollbar),
    ...create('logs', honeycomb),
    ...create('metrics', honeycomb),
  }
}

async function createProcessors(options: TelemetryOptions, deliveries: Deliveries): Promise<SpanProcessor[]> {
  const processors = [createRedactionProcessor(options.allowedQueryParameters ?? [])]
  if (options.honeycomb && deliveries.honeycomb) {
    processors.push(createHoneycombProcessor(options.honeycomb, deliveries.honeycomb))
  }
  if (options.xray && deliveries.xray) {
    processors.push(await createXRayProcessor(options.xray, serviceOf(options), deliveries.xray))
  }
  return processors
}

async function createMetricParts(
  { honeycomb, serviceName, metricsIntervalMs }: TelemetryOptions,
  delivery: Delivery | undefined,
) {
  if (!honeycomb || !delivery) return undefined
  const { createMetrics } = await import('./honeycomb-metrics.ts')
  return createMetrics(serviceName, honeycomb, metricsIntervalMs ?? METRICS_INTERVAL_MS, delivery)
}

async function createLogProcessors(
  { honeycomb }: TelemetryOptions,
  delivery: Delivery | undefined,
): Promise<LogRecordProcessor[]> {
  if (!honeycomb || !delivery) return []
  const { createLogProcessor } = await import('./honeycomb-logs.ts')
  return [createLogProcessor(honeycomb, delivery)]
}

/** Each way is a module of its own, so that the other's SDK is not loaded. */
async function createXRayProcessor(
  options: XRayOptions,
  service: { readonly name: string; readonly version: string },
  delivery: Delivery,
): Promise<SpanProcessor> {
  if (options.pipeline === 'otlp') {
    const { createXRayOtlpPipeline } = await import('./xray/otlp.ts')
    return createXRayOtlpPipeline(options, delivery)
  }
  const { createXRayPipeline } = await import('./xray/index.ts')
  return createXRayPipeline(options, service, delivery)
}

async function createReporter(
  options: TelemetryOptions,
  delivery: Delivery | undefined,
): Promise<ErrorReporter | undefined> {
  if (!options.rollbar || !delivery) return undefined
  const { createErrorReporter } = await import('./rollbar.ts')
  return createErrorReporter(
    options.rollbar,
    serviceOf(options),
    delivery,
    options.linksTo ?? (() => ({})),
    new Set(options.allowedQueryParameters),
  )
}

function reportOf(delivery: Delivery | undefined): ProviderReport {
  return delivery ? { enabled: true, ...delivery.report() } : { enabled: false }
}

function serviceOf({ serviceName, serviceVersion }: TelemetryOptions) {
  return { name: serviceName, version: serviceVersion }
}

function sayWhatWasLost(deliveries: Deliveries): void {
  for (const [provider, delivery] of Object.entries(deliveries)) {
    const { pending, refused, dropped, lastError } = delivery.report()
    if (pending + refused + dropped === 0) continue
    diag.warn(
      `${provider}: ${pending} not delivered in time, ${refused} refused, ${dropped} dropped${lastError ? ` (last: ${lastError.message})` : ''}`,
    )
  }
}

/** OpenTelemetry is silent about its own failures unless it is given somewhere to say them. */
function createDiagLogger() {
  const write = (message: string, ...rest: unknown[]) => {
    const details = rest.map((value) => (value instanceof Error ? value.message : String(value))).join(' ')
    process.stderr.write(`telemetry: ${message}${details ? ` ${details}` : ''}\n`)
  }
  return { error: write, warn: write, info: () => {}, debug: () => {}, verbose: () => {} }
}
