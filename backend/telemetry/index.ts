import type { IncomingMessage } from 'node:http'
import { trace } from '@opentelemetry/api'
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources'
import { withDeadline } from './deadline.ts'
import { createExceptionProcessor, createReportError } from './errors/report-error.ts'
import { traceIncomingHttp } from './instrumentation/incoming-http.ts'
import { hookModules, loadLessOfOpenTelemetry } from './instrumentation/modules.ts'
import { SCHEMA_URL } from './instrumentation/schema-url.ts'
import { logDiagnostics } from './logs/diagnostics.ts'
import { createLogger, type Logger } from './logs/logger.ts'
import type { TelemetryOptions } from './options.ts'
import { createScrub } from './privacy/scrub.ts'
import { createPrivacyProcessor } from './privacy/span-processor.ts'
import { stopAtEnd } from './process-lifecycle.ts'
import { RootTraceIdGenerator, TraceHeadersPropagator, withRootTraceIds } from './propagation/propagator.ts'
import { createProviders, type StreamReport } from './providers.ts'
import { createSampler, type SamplerReport } from './sampling/sampler.ts'
import { completeOptions } from './validate-options.ts'

export interface Telemetry {
  readonly logger: Logger
  /**
   * Records an error on the active span, in the log and, where it is on, in Rollbar; returns the uuid of the Rollbar
   * occurrence. Span and log hold that uuid, and the occurrence holds the trace id. Accepts any thrown value.
   */
  reportError(thrown: unknown, request?: IncomingMessage): string | undefined
  report(): TelemetryReport
  /** Loads what only an error needs, so that no request waits for it. Call it when the server listens. */
  loadErrorReporter(): void
  /**
   * Sends what is pending, within STOP_DEADLINE_MS, and logs what each provider did not receive. Further calls wait for
   * the first. Called when the process or worker thread has nothing left to do, and by `superviseProcess` on a signal.
   * A script that calls `process.exit()` must await it before.
   */
  stop(): Promise<void>
}

export interface TelemetryReport {
  readonly service: string
  readonly sampler: SamplerReport
  /** Spans to Honeycomb, segments to X-Ray, errors to Rollbar. */
  readonly providers: Readonly<Record<'honeycomb' | 'xray' | 'rollbar', StreamReport>>
  /** Log records and metrics, which go to Honeycomb. */
  readonly logs: StreamReport
  readonly metrics: StreamReport
}

/** All providers are flushed at the same time, so this is also the time that a stop takes when all of them hang. */
const STOP_DEADLINE_MS = 3_000
/** How long a start waits for X-Ray's sampling rules, so that they decide about the first requests too. */
const RULES_DEADLINE_MS = 1_000

/**
 * Characters of a text in an attribute. What is longer is cut, because providers do not take it.
 * Source: https://docs.honeycomb.io/get-started/start-building/ (a field has 64 KB at most)
 */
const MAX_ATTRIBUTE_LENGTH = 65_535

/**
 * Starts telemetry in this process: one instrumentation (OpenTelemetry), one sampling decision per trace, and up to
 * three providers. Await it before the application's own modules load (`node --import ./instrumentation.ts server.ts`):
 * packages that load earlier, such as pg, are not instrumented. Worker threads and forked processes inherit `--import`.
 * Rejects with an error that lists every wrong option.
 */
export async function startTelemetry(given: TelemetryOptions): Promise<Telemetry> {
  const options = completeOptions(given)
  logDiagnostics(options)
  const loadAll = loadLessOfOpenTelemetry()
  const { AWSXRayIdGenerator } = await import('@opentelemetry/id-generator-aws-xray')
  const { NodeSDK } = await import('@opentelemetry/sdk-node')
  const { createInstrumentations } = await import('./instrumentation/outgoing-calls.ts')
  // Before the providers, whose SDKs require `http`: the hook of `require` would keep it as it was then, unpatched.
  const instrumentations = createInstrumentations()
  hookModules(instrumentations)
  const scrub = createScrub(secretsOf(options))
  const { spanProcessors, logRecordProcessors, metrics, exemplars, errors, ...providers } =
    await createProviders(options, scrub)
  const { report, logLosses, flushAtExit } = providers
  const resource = createResource(options)
  const sampler = await createSampler(options.sampler, resource)
  loadAll()

  const ids = new RootTraceIdGenerator(new AWSXRayIdGenerator())
  const sdk = new NodeSDK({
    resource,
    autoDetectResources: false,
    sampler,
    idGenerator: ids,
    textMapPropagator: new TraceHeadersPropagator(),
    instrumentations: [...instrumentations, ...(metrics ? [metrics.runtime] : [])],
    spanProcessors: [createPrivacyProcessor(options), createExceptionProcessor(scrub), ...spanProcessors],
    metricReaders: metrics ? [metrics.reader] : [],
    views: metrics?.views ?? [],
    logRecordProcessors,
    spanLimits: { attributeValueLengthLimit: MAX_ATTRIBUTE_LENGTH },
  })
  sdk.start()
  const tracer = trace.getTracerProvider().getTracer('incoming-http', undefined, { schemaUrl: SCHEMA_URL })
  traceIncomingHttp(withRootTraceIds(tracer, ids), { ...options, exemplars })

  const logger = createLogger(options, scrub)
  await sampler.ready(RULES_DEADLINE_MS)

  let hasStopped = false
  const stop = async () => {
    sampler.stop()
    // shutdown() rejects when an exporter does, and may take ten seconds; neither must hold up the others.
    const all = Promise.allSettled([sdk.shutdown(), errors?.flush()])
    await withDeadline(all, STOP_DEADLINE_MS, { keepsAlive: true })
    logLosses()
    hasStopped = true
  }
  let stopping: Promise<void> | undefined
  const telemetry: Telemetry = {
    logger,
    reportError: createReportError(logger, errors, scrub),
    report: () => ({
      service: options.serviceName,
      sampler: sampler.report(),
      providers: { honeycomb: report('honeycomb'), xray: report('xray'), rollbar: report('rollbar') },
      logs: report('logs'),
      metrics: report('metrics'),
    }),
    loadErrorReporter: () => errors?.load(),
    stop: () => {
      stopping ??= stop()
      return stopping
    },
  }
  stopAtEnd(telemetry, { flush: flushAtExit, hasStopped: () => hasStopped })
  return telemetry
}

/** The given secrets, and the keys of the providers. */
function secretsOf({ secrets = [], honeycomb, xray, rollbar }: TelemetryOptions): string[] {
  const aws = xray?.pipeline === 'otlp' ? xray.credentials : undefined
  return [
    ...secrets,
    ...Object.values(honeycomb?.headers ?? {}),
    ...[aws?.secretAccessKey, aws?.sessionToken, rollbar?.accessToken].filter((key) => key !== undefined),
  ]
}

/** The service's own attributes and those of OTEL_RESOURCE_ATTRIBUTES. Detecting host and process slows down a start. */
function createResource({ resource, serviceName, serviceVersion }: TelemetryOptions) {
  return defaultResource()
    .merge(detectResources({ detectors: [envDetector] }))
    .merge(
      resourceFromAttributes(
        { ...resource, 'service.name': serviceName, 'service.version': serviceVersion },
        { schemaUrl: SCHEMA_URL },
      ),
    )
}
