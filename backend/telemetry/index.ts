import { trace } from '@opentelemetry/api'
import { AWSXRayIdGenerator } from '@opentelemetry/id-generator-aws-xray'
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { ATTR_SERVICE_NAME, ATTR_SERVICE_VERSION } from '@opentelemetry/semantic-conventions'
import { withDeadline } from './deadline.ts'
import { sayFailures } from './diag.ts'
import { traceIncomingHttp } from './instrumentation/incoming-http.ts'
import { hookModules } from './instrumentation/module-hook.ts'
import { createInstrumentations } from './instrumentation/outgoing-calls.ts'
import { createLogger, type Logger } from './logs/logger.ts'
import type { TelemetryOptions } from './options.ts'
import { createRedactionProcessor } from './privacy/redaction.ts'
import { createScrub } from './privacy/scrub.ts'
import { TraceHeadersPropagator } from './propagation/propagator.ts'
import { RootTraceIdGenerator, withRootTraceIds } from './propagation/root-trace-id.ts'
import { createProviders } from './providers.ts'
import type { TelemetryReport } from './report.ts'
import { createReportError, type ReportError } from './report-error.ts'
import { createSampler } from './sampling/sampler.ts'

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
/** How long a start waits for X-Ray's rules, so that the first requests are decided by them. */
const RULES_DEADLINE_MS = 1_000

/**
 * Starts tracing in this process: one instrumentation (OpenTelemetry), one sampling decision, and up to three
 * providers that each get their own account of it. Await it before the application's own modules load
 * (`node --import ./instrumentation.ts server.ts`), because what was loaded earlier is not instrumented.
 */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  sayFailures()
  const providers = await createProviders(options)
  const { metrics, errors } = providers
  const resource = createResource(options)
  const sampler = await createSampler(options.sampler, resource)
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
    spanProcessors: [
      createRedactionProcessor(options.allowedQueryParameters ?? []),
      ...providers.spanProcessors,
    ],
    metricReaders: metrics ? [metrics.reader] : [],
    views: metrics?.views ?? [],
    logRecordProcessors: [...providers.logRecordProcessors],
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
      // shutdown() rejects when an exporter does, and can take ten seconds to: neither may hold up the others.
      await Promise.all([
        withDeadline(sdk.shutdown(), STOP_DEADLINE_MS),
        withDeadline(errors?.idle() ?? Promise.resolve(), STOP_DEADLINE_MS),
      ])
      providers.sayWhatWasLost()
    },
  }
}

/** The service's own attributes, and those of OTEL_RESOURCE_ATTRIBUTES; the host's and the process's cost a start. */
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
