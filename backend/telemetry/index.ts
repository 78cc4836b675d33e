import { trace } from '@opentelemetry/api'
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources'
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from '@opentelemetry/semantic-conventions'
import { withDeadline } from './deadline.ts'
import { traceIncomingHttp } from './instrumentation/incoming-http.ts'
import { hookModules, loadLessOfOpenTelemetry } from './instrumentation/modules.ts'
import { logDiagnostics } from './logs/diagnostics.ts'
import { createLogger, type Logger } from './logs/logger.ts'
import type { TelemetryOptions } from './options.ts'
import { createRedactionProcessor } from './privacy/redaction.ts'
import { createScrub } from './privacy/scrub.ts'
import { RootTraceIdGenerator, TraceHeadersPropagator, withRootTraceIds } from './propagation/propagator.ts'
import { createProviders } from './providers.ts'
import type { TelemetryReport } from './report.ts'
import { createReportError, type ReportError } from './report-error.ts'
import { createSampler } from './sampling/sampler.ts'

export interface Telemetry {
  readonly logger: Logger
  /** Records an error on the active span, in the log and, where Rollbar is on, there; returns Rollbar's uuid of it. */
  readonly reportError: ReportError
  report(): TelemetryReport
  /** Sends what is pending, within STOP_DEADLINE_MS, and logs what each provider did not receive. */
  stop(): Promise<void>
}

/** All providers are flushed at the same time, so this is also the time that a stop takes when all of them hang. */
const STOP_DEADLINE_MS = 3_000
/** How long a start waits for X-Ray's sampling rules, so that they decide about the first requests too. */
const RULES_DEADLINE_MS = 1_000

/**
 * Starts telemetry in this process: one instrumentation (OpenTelemetry), one sampling decision per trace, and up to
 * three providers. Await it before the application's own modules load (`node --import ./instrumentation.ts server.ts`):
 * modules that load earlier are not instrumented.
 */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  logDiagnostics()
  const loadAll = loadLessOfOpenTelemetry()
  const { AWSXRayIdGenerator } = await import('@opentelemetry/id-generator-aws-xray')
  const { NodeSDK } = await import('@opentelemetry/sdk-node')
  const { createInstrumentations } = await import('./instrumentation/outgoing-calls.ts')
  const { spanProcessors, logRecordProcessors, metrics, errors, ...providers } =
    await createProviders(options)
  const resource = createResource(options)
  const sampler = await createSampler(options.sampler, resource)
  loadAll()

  const ids = new RootTraceIdGenerator(new AWSXRayIdGenerator())
  const instrumentations = createInstrumentations()
  hookModules(instrumentations)
  const sdk = new NodeSDK({
    resource,
    autoDetectResources: false,
    sampler,
    idGenerator: ids,
    textMapPropagator: new TraceHeadersPropagator(),
    instrumentations: [...instrumentations, ...(metrics ? [metrics.runtime] : [])],
    spanProcessors: [createRedactionProcessor(options.allowedQueryParameters ?? []), ...spanProcessors],
    metricReaders: metrics ? [metrics.reader] : [],
    views: metrics?.views ?? [],
    logRecordProcessors,
  })
  sdk.start()
  traceIncomingHttp(withRootTraceIds(trace.getTracer('incoming-http'), ids), options.untracedPaths ?? [])

  const scrub = createScrub(options.secrets ?? [])
  const logger = createLogger(options.serviceName, options.log, scrub)
  await sampler.ready(RULES_DEADLINE_MS)

  return {
    logger,
    reportError: createReportError(logger, errors, scrub),
    report: () => {
      const { logs, metrics, ...traces } = providers.report()
      return { service: options.serviceName, sampler: sampler.report(), providers: traces, logs, metrics }
    },
    stop: async () => {
      sampler.stop()
      // shutdown() rejects when an exporter does, and may take ten seconds; neither must hold up the others.
      await Promise.all([
        withDeadline(sdk.shutdown(), STOP_DEADLINE_MS),
        withDeadline(errors?.idle() ?? Promise.resolve(), STOP_DEADLINE_MS),
      ])
      providers.logLosses()
    },
  }
}

/** The service's own attributes and those of OTEL_RESOURCE_ATTRIBUTES. Detecting host and process slows down a start. */
function createResource({ resource, serviceName, serviceVersion }: TelemetryOptions) {
  return defaultResource()
    .merge(detectResources({ detectors: [envDetector] }))
    .merge(
      resourceFromAttributes({
        ...resource,
        [ATTR_SERVICE_NAME]: serviceName,
        [ATTR_SERVICE_VERSION]: serviceVersion,
      }),
    )
}
