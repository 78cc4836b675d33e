import type { Diagnosis } from '../contracts/diagnosis.ts'
import type { Provider, TraceEvidence } from '../contracts/evidence.ts'

export interface Chapter {
  readonly number: number
  /** Its folder: `03-honeycomb`. */
  readonly folder: string
  readonly title: string
  /** Questions whose answers the learner passes to the check: `npm run workshop -- 7 <trace id>`. */
  readonly answers?: readonly Question[]
  /** The file that its exercise changes, from the root of the repository. */
  readonly file?: string
  /** Returns NotYet for what the learner can fix; throws any other error. */
  check(context: CheckContext, answers: Readonly<Record<string, string>>): Promise<ChapterResult>
}

export interface Question {
  readonly name: string
  readonly meaning: string
}

/**
 * What a check may read: telemetry that was read back from the providers, the settings, and what is installed. Only the
 * state `accepted`, and with XRAY_PIPELINE=otlp the list of recent traces, come from the api's own `/health/telemetry`.
 */
export interface CheckContext {
  readonly modes: Readonly<Record<Provider, 'live' | 'local' | 'off'>>
  /** The api's address for a person on this machine. */
  readonly api: string
  /** The api's name in every provider. */
  readonly service: string
  readonly profilesService: string
  readonly pipeline: 'sdk' | 'otlp' | 'collector'
  /** The letters in PLANTED_FAULTS. */
  readonly plantedFaults: readonly string[]
  /**
   * At most 25 traces of the api, newest first. `filter` is a filter expression of X-Ray, in addition to the condition
   * that the trace has the api. With X-Ray off the traces come from the sandbox, and there is no filter.
   */
  recentTraces(filter?: string): Promise<string[]>
  trace(traceId: string): Promise<TraceEvidence>
  /** X-Ray's service graph of the last hour. */
  serviceEdges(): Promise<readonly Edge[]>
  /** The workspace's group; undefined where X-Ray has none of that name. */
  group(): Promise<{ readonly name: string; readonly filter: string } | undefined>
  /** The workspace's sampling rule; undefined where X-Ray has none of that name. */
  samplingRule(): Promise<SamplingRuleUse | undefined>
  /** Names of the metrics of the last hour; undefined if Honeycomb is off, or live, which returns no metrics. */
  metrics(): Promise<readonly string[] | undefined>
  /** What `npm run teardown` would remove: processes, ports, state, resources in AWS. */
  remains(): Promise<readonly string[]>
}

export interface Edge {
  readonly from: string
  readonly to: string
  readonly requests: number
  readonly faults: number
}

/** The workspace's sampling rule in X-Ray. */
export interface SamplingRuleUse {
  readonly name: string
  /** The rate that X-Ray has now, 0 to 1. */
  readonly rate: number
  /** Traces per second that are kept before the rate applies. */
  readonly reservoir: number
  /** The rate in `aws/json/xray.json`, 0 to 1. */
  readonly wantedRate: number
  /** Requests of about the last ten minutes that the rule has decided on. */
  readonly requests: number
  /** How many of them it kept. */
  readonly sampled: number
}

export type ChapterResult = Passed | NotYet

export interface Passed {
  readonly passed: true
  /** The evidence, a line each. */
  readonly evidence: readonly string[]
  /** The trace that proves it, where one does. */
  readonly traceId?: string
}

export interface NotYet {
  readonly passed: false
  readonly evidence: readonly string[]
  /** What is missing, and what to do next. */
  readonly diagnosis: Diagnosis
}

export function passed(evidence: readonly string[], traceId?: string): Passed {
  return { passed: true, evidence, ...(traceId && { traceId }) }
}

export function notYet(what: string, fix: string, evidence: readonly string[] = []): NotYet {
  return { passed: false, evidence, diagnosis: { code: 'NOT_YET', what, fix } }
}
