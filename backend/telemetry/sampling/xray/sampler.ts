import { setTimeout as delay } from 'node:timers/promises'
import { type Attributes, type Context, diag, type SpanKind } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import { type Sampler, SamplingDecision, type SamplingResult } from '@opentelemetry/sdk-trace'
import { createXRayApi } from './api.ts'
import { Repeat } from './repeat.ts'
import { Reservoir } from './reservoir.ts'
import {
  fieldsOf,
  isCount,
  isRate,
  type RuleDecisions,
  type RuleService,
  type RuleTarget,
  XRayRule,
} from './rule.ts'

/** What is kept without rules: X-Ray's own default. */
const FALLBACK_PER_SECOND = 1
const FALLBACK_RATE = 0.05

/** Rules that could not be refreshed for this long are no longer used, as in X-Ray's SDKs. */
const RULES_LIFETIME_MS = 60 * 60 * 1_000
/**
 * When to read the rules again, in ms after the start: `npm run setup` creates them a moment after it has started the
 * processes, and the first request should be decided by them.
 */
const EARLY_READS_MS = [1_500, 4_000]
/** After a failure, the next call comes after this time, then after twice as long, and so on up to the maximum. */
const FIRST_RETRY_MS = 100
const MAX_RETRY_MS = 10_000

/** How often targets are asked for, unless X-Ray says otherwise, and the bounds of what it may say. */
const DEFAULT_REPORT_INTERVAL_MS = 10_000
const MIN_REPORT_INTERVAL_MS = 50
const MAX_REPORT_INTERVAL_MS = 300_000
/** So that processes that started together do not call together. */
const REPORT_JITTER_MS = 100
const RULES_JITTER = 0.05
/** How soon targets are asked for when a rule is used without a quota, and how often in the life of a process. */
const EARLY_REPORT_MS = 1_000
const MAX_EARLY_REPORTS = 10
/** X-Ray's limit. */
const MAX_DOCUMENTS_PER_REPORT = 25

export interface XRaySamplerOptions {
  readonly endpoint: string
  readonly pollingSeconds: number
  readonly resource: Resource
}

/**
 * Decides about the roots of traces by X-Ray's sampling rules, as X-Ray's SDKs do: it reads the rules, reports how many
 * requests each has matched and kept, and gets a share of each rule's reservoir in return. Unlike
 * @opentelemetry/sampler-aws-xray it asks for that share as soon as it has the rules, so that the first requests are
 * kept (docs/adr/own-xray-sampler.md).
 */
export class XRaySampler implements Sampler {
  readonly #endpoint: string
  readonly #call
  readonly #service: RuleService
  readonly #pollingMs: number
  readonly #startedAt = performance.now()
  readonly #aborted = new AbortController()
  readonly #firstReport = Promise.withResolvers<void>()
  readonly #fallback = new Reservoir(FALLBACK_PER_SECOND)
  /** A ClientID is 24 hex digits. */
  readonly #clientId = crypto.randomUUID().replaceAll('-', '').slice(0, 24)
  readonly #rulesPoll = new Repeat(() => this.#readRules())
  readonly #reportPoll = new Repeat(() => this.#report())
  /** In the order in which they are tried. */
  #rules: readonly XRayRule[] = []
  #rulesReadAt = Number.NEGATIVE_INFINITY
  #lastRuleModification: unknown
  #earlyReports = MAX_EARLY_REPORTS
  /** What failed last, by operation, with the number of failures in a row. */
  readonly #failures = new Map<string, { readonly message: string; readonly count: number }>()
  /** Failures are not logged before `ready` has waited: the daemon may come up a moment later. */
  #isStarting = true
  #isOutageLogged = false

  constructor({ endpoint, pollingSeconds, resource }: XRaySamplerOptions) {
    this.#endpoint = endpoint
    this.#call = createXRayApi(endpoint)
    this.#service = serviceOf(resource)
    this.#pollingMs = pollingSeconds * 1_000
    this.#rulesPoll.now()
  }

  shouldSample(
    _context: Context,
    _traceId: string,
    _name: string,
    _kind: SpanKind,
    attributes: Attributes,
  ): SamplingResult {
    const isKept = this.#keeps(attributes)
    return { decision: isKept ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD }
  }

  #keeps(attributes: Attributes): boolean {
    const rule = this.isFallback ? undefined : this.#rules.find((one) => one.matches(attributes))
    if (!rule) return this.#fallback.take() || Math.random() < FALLBACK_RATE
    const isKept = rule.keepsNext()
    if (rule.needsQuota && this.#earlyReports > 0 && !this.failure) this.#reportPoll.within(EARLY_REPORT_MS)
    return isKept
  }

  /** Whether there are no rules, or none that are younger than an hour. */
  get isFallback(): boolean {
    return performance.now() - this.#rulesReadAt > RULES_LIFETIME_MS
  }

  /** Why the last call of X-Ray's API failed; undefined if it did not. */
  get failure(): string | undefined {
    return this.#failures.values().next().value?.message
  }

  /** What each rule of this service has decided, in the order in which they are tried. */
  get decisions(): readonly RuleDecisions[] {
    return this.#rules.map((rule) => rule.decisions)
  }

  /** Waits for the rules and the first shares of their reservoirs. Returns whether there are rules. */
  async ready(timeoutMs: number): Promise<boolean> {
    const stopWaiting = new AbortController()
    const timeUp = delay(timeoutMs, undefined, { signal: stopWaiting.signal }).catch(() => {})
    await Promise.race([this.#firstReport.promise, timeUp])
    stopWaiting.abort()
    this.#isStarting = false
    if (this.isFallback) this.#logOutage(this.failure ?? `no answer within ${timeoutMs} ms`)
    return !this.isFallback
  }

  stop(): void {
    this.#rulesPoll.stop()
    this.#reportPoll.stop()
    this.#aborted.abort()
  }

  toString(): string {
    return `XRaySampler{${this.#service.name}}`
  }

  /** Reads the rules. Returns the milliseconds until they should be read again. */
  async #readRules(): Promise<number> {
    const isRead = await this.#attempt('/GetSamplingRules', {}, (answer) => {
      const { SamplingRuleRecords: records } = answer
      if (!Array.isArray(records)) throw new Error('an answer without SamplingRuleRecords')
      const before = new Map(this.#rules.map((rule) => [rule.definition, rule]))
      const rules = records.flatMap((record) => XRayRule.of(record, this.#service) ?? [])
      if (rules.length === 0) throw new Error('an answer without a rule for this service')
      // An unchanged rule keeps its quota and its counts.
      this.#rules = rules.map((rule) => before.get(rule.definition) ?? rule).sort(inOrder)
      this.#rulesReadAt = performance.now()
      // A new rule has no quota.
      if (this.#rules.some((rule) => !before.has(rule.definition))) this.#reportPoll.now()
    })
    if (!isRead) return this.#retryMs('/GetSamplingRules')
    const elapsed = performance.now() - this.#startedAt
    const early = EARLY_READS_MS.find((ms) => ms > elapsed)
    const regular = this.#pollingMs * (1 + Math.random() * RULES_JITTER)
    return early === undefined ? regular : Math.min(regular, early - elapsed)
  }

  /** Reports the counts of each rule and takes the quotas. Returns the milliseconds until the next report. */
  async #report(): Promise<number> {
    const intervalsMs: number[] = []
    for (let from = 0; from < this.#rules.length; from += MAX_DOCUMENTS_PER_REPORT) {
      const rules = this.#rules.slice(from, from + MAX_DOCUMENTS_PER_REPORT)
      const reports = rules.map((rule) => ({ rule, counts: rule.takeCounts() }))
      const isReported = await this.#attempt('/SamplingTargets', this.#documents(reports), (answer) => {
        intervalsMs.push(...this.#take(answer, reports))
      })
      if (isReported) continue
      for (const { rule, counts } of reports) rule.putBack(counts)
      this.#firstReport.resolve()
      return this.#retryMs('/SamplingTargets')
    }
    this.#firstReport.resolve()
    if (!this.#rules.some((rule) => rule.needsQuota) || this.#earlyReports === 0) {
      const asked = intervalsMs.length > 0 ? Math.min(...intervalsMs) : DEFAULT_REPORT_INTERVAL_MS
      const intervalMs = Math.min(MAX_REPORT_INTERVAL_MS, Math.max(MIN_REPORT_INTERVAL_MS, asked))
      return intervalMs + Math.random() * REPORT_JITTER_MS
    }
    this.#earlyReports--
    return EARLY_REPORT_MS
  }

  #documents(reports: readonly Report[]): object {
    const Timestamp = Math.floor(Date.now() / 1_000)
    const SamplingStatisticsDocuments = reports.map(({ rule, counts }) => ({
      ClientID: this.#clientId,
      RuleName: rule.name,
      Timestamp,
      RequestCount: counts.requests,
      SampledCount: counts.sampled,
      BorrowCount: counts.borrowed,
    }))
    return { SamplingStatisticsDocuments }
  }

  /** Takes the targets of an answer. Returns the milliseconds after which X-Ray wants the next report, by rule. */
  #take(answer: Record<string, unknown>, reports: readonly Report[]): number[] {
    const { SamplingTargetDocuments: targets, LastRuleModification } = answer
    if (!Array.isArray(targets)) throw new Error('an answer without SamplingTargetDocuments')
    // Compared with X-Ray's own earlier answer, because this machine's clock may differ.
    const isChanged = LastRuleModification !== this.#lastRuleModification
    if (isChanged && this.#lastRuleModification !== undefined) this.#rulesPoll.now()
    this.#lastRuleModification = LastRuleModification
    return targets.flatMap((document) => {
      const target = fieldsOf(document) ?? {}
      const report = reports.find(({ rule }) => rule.name === target.RuleName)
      report?.rule.applyTarget(targetOf(target), report.counts.requests)
      return report && isCount(target.Interval) ? target.Interval * 1_000 : []
    })
  }

  /** Calls an operation and uses its answer. Returns whether both succeeded; logs when calls begin to fail, and to succeed. */
  async #attempt(
    path: string,
    input: object,
    use: (answer: Record<string, unknown>) => void,
  ): Promise<boolean> {
    try {
      use((await this.#call(path, input, this.#aborted.signal)) as Record<string, unknown>)
    } catch (error) {
      if (this.#aborted.signal.aborted) return false
      const message = error instanceof Error ? error.message : String(error)
      this.#failures.set(path, { message, count: (this.#failures.get(path)?.count ?? 0) + 1 })
      if (!this.#isStarting) this.#logOutage(message)
      return false
    }
    this.#failures.delete(path)
    if (this.#isOutageLogged && this.#failures.size === 0) {
      this.#isOutageLogged = false
      diag.warn('X-Ray’s sampling rules can be read, and are in force')
    }
    return true
  }

  #logOutage(message: string): void {
    if (this.#isOutageLogged) return
    this.#isOutageLogged = true
    const consequence = this.isFallback
      ? 'until they arrive, one trace a second and 5 % of the rest are kept'
      : 'the last ones stay in force, and soon each keeps one request a second besides its fixed rate'
    diag.warn(`X-Ray’s sampling rules cannot be read from ${this.#endpoint}: ${message}; ${consequence}`)
  }

  #retryMs(path: string): number {
    const { count } = this.#failures.get(path) ?? { count: 1 }
    return Math.min(MAX_RETRY_MS, this.#pollingMs, FIRST_RETRY_MS * 2 ** Math.min(count - 1, 10))
  }
}

interface Report {
  readonly rule: XRayRule
  readonly counts: ReturnType<XRayRule['takeCounts']>
}

/** X-Ray's order: by priority, then by name. */
function inOrder(a: XRayRule, b: XRayRule): number {
  return a.priority - b.priority || (a.name < b.name ? -1 : 1)
}

function targetOf({ FixedRate, ReservoirQuota, ReservoirQuotaTTL }: Record<string, unknown>): RuleTarget {
  return {
    fixedRate: isRate(FixedRate) ? FixedRate : undefined,
    quota: isCount(ReservoirQuota) ? ReservoirQuota : undefined,
    quotaExpiresAt: isCount(ReservoirQuotaTTL) ? ReservoirQuotaTTL * 1_000 : undefined,
  }
}

/** Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html#xray-console-sampling-options */
const SERVICE_TYPES: Readonly<Record<string, string>> = {
  aws_ec2: 'AWS::EC2::Instance',
  aws_ecs: 'AWS::ECS::Container',
  aws_eks: 'AWS::EKS::Container',
  aws_elastic_beanstalk: 'AWS::ElasticBeanstalk::Environment',
  aws_lambda: 'AWS::Lambda::Function',
}

function serviceOf({ attributes }: Resource): RuleService {
  const text = (name: string) => (typeof attributes[name] === 'string' ? attributes[name] : undefined)
  return {
    name: text('service.name') ?? '',
    type: SERVICE_TYPES[text('cloud.platform') ?? ''],
    resourceArn:
      text('aws.ecs.container.arn') ??
      text('aws.ecs.cluster.arn') ??
      text('aws.eks.cluster.arn') ??
      text('cloud.resource_id'),
  }
}
