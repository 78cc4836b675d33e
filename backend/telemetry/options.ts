import type { HoneycombOptions } from './exporters/honeycomb/traces.ts'
import type { RollbarOptions, TraceLinks } from './exporters/rollbar/error-reporter.ts'
import type { XRayOtlpOptions } from './exporters/xray/otlp-pipeline.ts'
import type { XRaySdkOptions } from './exporters/xray/sdk-pipeline.ts'
import type { LogOptions } from './logs/logger.ts'
import type { SamplerOptions } from './sampling/sampler.ts'

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

/** Somebody else makes segments of Honeycomb's spans: nothing more is sent from here. */
export interface XRayCollectorOptions {
  readonly pipeline: 'collector'
}

/** How spans reach X-Ray: as the X-Ray SDK's segments through the daemon, as they are to its OTLP endpoint, or not by us. */
export type XRayOptions = XRaySdkOptions | XRayOtlpOptions | XRayCollectorOptions
