import type { Diagnosis } from '../contracts/diagnosis.ts'
import type { Provider, TraceEvidence } from '../contracts/evidence.ts'

export interface Chapter {
  readonly number: number
  /** Its folder: `03-honeycomb`. */
  readonly folder: string
  readonly title: string
  /** What the learner tells the check, such as a trace id: `npm run workshop -- 7 <trace id>`. */
  readonly answers?: readonly Answer[]
  /** The file that its exercise changes, from the root of the repository. */
  readonly file?: string
  /** Judges the evidence. What the learner can fix is a result; anything else is thrown. */
  check(context: CheckContext, answers: Readonly<Record<string, string>>): Promise<CheckResult>
}

export interface Answer {
  readonly name: string
  readonly meaning: string
}

/** What a check may read: telemetry as the providers returned it, never what a program claims about itself. */
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
  /** Traces of the last hours, newest first, found by X-Ray's filter expression or, without X-Ray, in the sandbox. */
  recentTraces(query?: TraceQuery): Promise<string[]>
  trace(traceId: string): Promise<TraceEvidence>
  /** X-Ray's service graph of the last hour. */
  serviceEdges(): Promise<readonly Edge[]>
  /** The workspace's group; undefined where X-Ray has none of that name. */
  group(): Promise<{ readonly name: string; readonly filter: string } | undefined>
  /** The workspace's sampling rule; undefined where X-Ray has none of that name. */
  samplingRule(): Promise<SamplingRuleUse | undefined>
  /** Names of the metrics of the last hour; undefined where Honeycomb is live, which returns none. */
  metrics(): Promise<readonly string[] | undefined>
  /** What set-up has left: processes, ports, state, resources in AWS. */
  remains(): Promise<readonly string[]>
}

export interface TraceQuery {
  /** Further conditions in X-Ray's filter language, beside "of the api". */
  readonly filter?: string
  /** 25 by default. */
  readonly limit?: number
}

export interface Edge {
  readonly from: string
  readonly to: string
  readonly requests: number
  readonly faults: number
}

/** A sampling rule in X-Ray, and how many requests it has decided on. */
export interface SamplingRuleUse {
  readonly name: string
  /** 0 to 1, in X-Ray. */
  readonly rate: number
  /** Traces per second that are kept before the rate applies. */
  readonly reservoir: number
  /** 0 to 1, in `aws/json/`. */
  readonly wantedRate: number
  /** Of about the last ten minutes. */
  readonly requests: number
  readonly sampled: number
}

export type CheckResult = Passed | NotYet

export interface Passed {
  readonly passed: true
  /** The evidence, a line each. */
  readonly saw: readonly string[]
  /** The trace that proves it, where one does. */
  readonly traceId?: string
}

export interface NotYet {
  readonly passed: false
  readonly saw: readonly string[]
  /** What is missing, and what to do next. */
  readonly diagnosis: Diagnosis
}

export function passed(saw: readonly string[], traceId?: string): Passed {
  return { passed: true, saw, ...(traceId && { traceId }) }
}

export function notYet(what: string, fix: string, saw: readonly string[] = []): NotYet {
  return { passed: false, saw, diagnosis: { code: 'NOT_YET', what, fix } }
}
