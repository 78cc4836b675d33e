import type { Provider, TraceEvidence } from '../contracts/evidence.ts'
import type { Planting } from '../contracts/planting.ts'
import type { MetricEntry } from '../contracts/sandbox/metrics.ts'
import type { QueryAnswer, QueryInput } from '../contracts/sandbox/query.ts'
import type { SamplerHealth } from '../contracts/telemetry-health.ts'

/**
 * What a check may read: telemetry that was read back from the providers, the settings, what is installed, and the api's
 * own log. The state `accepted`, and with XRAY_PIPELINE=otlp the list of recent traces, come from the api's
 * `/health/telemetry`.
 */
export interface CheckContext {
  readonly modes: Readonly<Record<Provider, 'live' | 'local' | 'off'>>
  /** The api's address for a person on this machine. */
  readonly api: string
  /** The viewer's address for a person on this machine. */
  readonly page: string
  /** The api's name in every provider. */
  readonly service: string
  readonly profilesService: string
  /** The name of chapter 11's job, and of the api that chapter 12's run starts behind the collectors. */
  readonly digestService: string
  readonly collectedService: string
  readonly pipeline: 'sdk' | 'otlp' | 'collector'
  /** Epoch milliseconds: what happened before does not count. 0, or the time of the last `reset` of the chapter. */
  readonly since: number
  /** The numbers of the chapters that have passed. */
  readonly passed: readonly number[]
  /** The letters in PLANTED_FAULTS. */
  readonly plantedFaults: readonly string[]
  /** PLANTED_SEED; empty where it is not set. */
  readonly plantedSeed: string
  /** What was last planted, also after it was removed; undefined before the first planting. */
  planting(): Planting | undefined
  /**
   * At most 25 traces of the api that began after `since`, newest first, and then those that proved the chapter earlier.
   * `filter` is a filter expression of X-Ray, in addition to the condition that the trace has the api. With X-Ray off the
   * traces come from the sandbox, and there is no filter.
   */
  recentTraces(filter?: string): Promise<string[]>
  /**
   * The same of another service, whether or not the api is in its traces, as far as X-Ray has indexed them or the sandbox
   * stands in for a provider.
   */
  tracesOf(service: string): Promise<string[]>
  trace(traceId: string): Promise<TraceEvidence>
  /** The requests that the api has answered after `since`, kept or not, newest first, by its log. At most some 4,000. */
  requests(method: string, path: RegExp): Promise<readonly LoggedRequest[]>
  /** What the api's telemetry has complained about after `since`, such as calls on a span that has ended. Newest first. */
  warnings(): Promise<readonly string[]>
  /** Whether the api that runs has the code and the settings of now. */
  apiState(): Promise<ApiState>
  /** When the api was last started, epoch milliseconds; undefined where it never was. */
  apiStartedAt(): Promise<number | undefined>
  /** X-Ray's service graph of the last hour. */
  serviceEdges(): Promise<readonly Edge[]>
  /** The workspace's group; undefined where X-Ray has none of that name. */
  group(): Promise<{ readonly name: string; readonly filter: string } | undefined>
  /** The workspace's sampling rule. */
  samplingRule(): Promise<SamplingRule>
  /** How the api samples, by its own account, and what each rule has decided; undefined where it does not answer. */
  sampler(): Promise<SamplerHealth | undefined>
  /** The metrics that were written after `since`, of the last hour; undefined if Honeycomb is off, or live, which returns no metrics. */
  metrics(): Promise<readonly MetricEntry[] | undefined>
  /**
   * How much a counter grew, or how many values a histogram has counted, by an attribute's values; one entry with the key
   * '' without an attribute. Undefined as for `metrics`.
   */
  metricIncrease(
    metric: Pick<MetricEntry, 'name' | 'dataset' | 'kind'>,
    options?: IncreaseOptions,
  ): Promise<ReadonlyMap<string, number> | undefined>
  /** The answer to a question; undefined if Honeycomb is off, or live, which answers only Enterprise teams. */
  ask(question: QueryInput): Promise<QueryAnswer | undefined>
  /** What `npm run teardown` would remove: processes, ports, state, resources in AWS. */
  remains(): Promise<readonly Remnant[]>
}

/** Something that a clean-up has left, or has not run for yet. */
export interface Remnant {
  readonly kind: 'aws' | 'processes' | 'settings' | 'state'
  readonly text: string
}

/**
 * outdated: the api runs without the last change of its code. old-settings: without the last change of `.env`.
 * other-environment: only the environment of the check differs from that of the start, as an editor's often does.
 */
export type ApiState = 'current' | 'outdated' | 'old-settings' | 'other-environment' | 'stopped'

/** A request as the api has logged it when it was answered. */
export interface LoggedRequest {
  readonly traceId: string
  readonly method: string
  /** Without the query string. */
  readonly path: string
  readonly status: number | undefined
  /** Epoch milliseconds, when the response was sent. */
  readonly atMs: number
  /** Whether its trace was sampled. */
  readonly isKept: boolean
}

export interface Edge {
  readonly from: string
  readonly to: string
  readonly requests: number
  readonly faults: number
}

export interface IncreaseOptions {
  /** An attribute of the data points. */
  readonly attribute?: string
  /** Values that attributes have. */
  readonly filters?: Readonly<Record<string, string>>
  /** Epoch milliseconds: what happened before does not count, nor what happened before `since` or the last hour. */
  readonly sinceMs?: number
}

/** The workspace's sampling rule, as its file wants it and as X-Ray has it. */
export interface SamplingRule {
  /** As X-Ray is told, with the suffix of a shared account. */
  readonly name: string
  /** In `aws/json/xray.json`. */
  readonly wanted: RuleSize
  /** Undefined where X-Ray has no rule of this name. */
  readonly inXRay: RuleSize | undefined
}

export interface RuleSize {
  /** 0 to 1. */
  readonly rate: number
  /** Traces per second that are kept before the rate applies. */
  readonly reservoir: number
}
