import type { Attributes } from '@opentelemetry/api'
import { Reservoir } from './reservoir.ts'

/** What a rule matches of a service, which is the same for all of its requests. */
export interface RuleService {
  readonly name: string
  /** `AWS::ECS::Container` and the like. */
  readonly type?: string | undefined
  readonly resourceArn?: string | undefined
}

/** Decisions since the last report. */
export interface RuleCounts {
  readonly requests: number
  readonly sampled: number
  /** Of the sampled ones, those taken from the reservoir without a quota. */
  readonly borrowed: number
}

/** What X-Ray sends for a rule in return for a report. */
export interface RuleTarget {
  readonly fixedRate?: number | undefined
  /** This process's share of the reservoir, in requests per second. */
  readonly quota?: number | undefined
  /** Milliseconds since the epoch. */
  readonly quotaExpiresAt?: number | undefined
}

/** What a rule has decided in this process since it was read as it is now. */
export interface RuleDecisions {
  readonly name: string
  /** The share of the requests that the reservoir does not keep, 0 to 1. */
  readonly fixedRate: number
  /** When the rule was first read as it is now, ISO 8601. */
  readonly since: string
  readonly requests: number
  readonly sampled: number
  /** Of the sampled ones, those that the reservoir kept; the fixed rate kept the others. */
  readonly fromReservoir: number
  /** Of those from the reservoir, the ones that were taken without a quota. */
  readonly borrowed: number
}

/** A process without a quota may keep this many requests per second of a rule that has a reservoir. */
const BORROWED_PER_SECOND = 1

const NO_COUNTS: RuleCounts = { requests: 0, sampled: 0, borrowed: 0 }

/**
 * One of X-Ray's sampling rules, with the state that this process has for it. A rule keeps requests from its reservoir
 * first, and of the rest a fixed share.
 *
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sampling.html
 */
export class XRayRule {
  readonly name: string
  readonly priority: number
  /** The rule as it was read. An equal text means that the rule has not changed. */
  readonly definition: string
  readonly #matchers: readonly Matcher[]
  readonly #hasReservoir: boolean
  readonly #reservoir: Reservoir
  #fixedRate: number
  #quota = 0
  /** By `performance.now()`: a clock that is set must not end the quota, nor prolong it. */
  #quotaEndsAt = 0
  #needsQuota = false
  #counts = NO_COUNTS
  readonly #since = new Date().toISOString()
  /** Of the whole life of this rule. */
  readonly #total = { requests: 0, sampled: 0, fromReservoir: 0, borrowed: 0 }

  /** Undefined where the rule can match no request of the service, or is none: X-Ray adds fields, and versions of rules. */
  static of(record: unknown, service: RuleService): XRayRule | undefined {
    const rule = fieldsOf(fieldsOf(record)?.SamplingRule)
    const { RuleName: name, Priority, FixedRate, ReservoirSize, Version = 1 } = rule ?? {}
    const isRule =
      typeof name === 'string' && isCount(Priority) && isRate(FixedRate) && isCount(ReservoirSize)
    if (!rule || !isRule || Version !== 1 || !matchesService(rule, service)) return undefined
    return new XRayRule(name, Priority, FixedRate, ReservoirSize, rule)
  }

  private constructor(
    name: string,
    priority: number,
    fixedRate: number,
    reservoirSize: number,
    rule: Fields,
  ) {
    this.name = name
    this.priority = priority
    this.definition = JSON.stringify(rule)
    this.#matchers = requestMatchers(rule)
    this.#fixedRate = fixedRate
    this.#hasReservoir = reservoirSize > 0
    this.#reservoir = new Reservoir(this.#hasReservoir ? BORROWED_PER_SECOND : 0)
  }

  matches(attributes: Attributes): boolean {
    return this.#matchers.every((matches) => matches(attributes))
  }

  /** Whether the rule has decided without a share of its reservoir since it was last given one. */
  get needsQuota(): boolean {
    return this.#needsQuota
  }

  /** Decides about one request, and counts it. */
  keepsNext(): boolean {
    const hasQuota = performance.now() < this.#quotaEndsAt
    if (this.#hasReservoir) this.#reservoir.resize(hasQuota ? this.#quota : BORROWED_PER_SECOND)
    this.#needsQuota = this.#hasReservoir && !hasQuota
    const isFromReservoir = this.#reservoir.take()
    const isKept = isFromReservoir || Math.random() < this.#fixedRate
    const isBorrowed = isFromReservoir && !hasQuota
    this.#count({ requests: 1, sampled: isKept ? 1 : 0, borrowed: isBorrowed ? 1 : 0 })
    this.#total.requests += 1
    if (isKept) this.#total.sampled += 1
    if (isFromReservoir) this.#total.fromReservoir += 1
    if (isBorrowed) this.#total.borrowed += 1
    return isKept
  }

  /** What the rule has decided, reported or not. */
  get decisions(): RuleDecisions {
    return { name: this.name, fixedRate: this.#fixedRate, since: this.#since, ...this.#total }
  }

  /** Returns the counts, and starts again from zero. */
  takeCounts(): RuleCounts {
    const counts = this.#counts
    this.#counts = NO_COUNTS
    return counts
  }

  /** Adds counts whose report has failed. */
  putBack(counts: RuleCounts): void {
    this.#count(counts)
  }

  /** Takes X-Ray's answer to a report of `reported` requests. */
  applyTarget({ fixedRate, quota, quotaExpiresAt = 0 }: RuleTarget, reported: number): void {
    if (fixedRate !== undefined) this.#fixedRate = fixedRate
    // A process without requests may be given no share yet. It goes on borrowing until it has reported some.
    if (quota === undefined || (quota === 0 && reported === 0)) return
    this.#quota = quota
    this.#quotaEndsAt = performance.now() + quotaExpiresAt - Date.now()
    this.#needsQuota = false
  }

  #count({ requests, sampled, borrowed }: RuleCounts): void {
    this.#counts = {
      requests: this.#counts.requests + requests,
      sampled: this.#counts.sampled + sampled,
      borrowed: this.#counts.borrowed + borrowed,
    }
  }
}

export type Fields = Readonly<Record<string, unknown>>
type Matcher = (attributes: Attributes) => boolean

export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null ? (value as Fields) : undefined
}

export function isRate(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1
}

export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

function matchesService(rule: Fields, { name, type, resourceArn }: RuleService): boolean {
  return (
    matchesPattern(rule.ServiceName, name) &&
    matchesPattern(rule.ServiceType, type) &&
    matchesPattern(rule.ResourceARN, resourceArn)
  )
}

/** The conditions of a rule that differ between requests; none for a rule that matches all. */
function requestMatchers(rule: Fields): Matcher[] {
  const conditions: [pattern: unknown, (attributes: Attributes) => unknown][] = [
    [rule.Host, (attributes) => attributes['server.address']],
    [rule.HTTPMethod, (attributes) => attributes['http.request.method']],
    [rule.URLPath, pathOf],
    ...Object.entries(fieldsOf(rule.Attributes) ?? {}).map(
      ([key, pattern]) => [pattern, (attributes: Attributes) => attributes[key]] as [unknown, typeof pathOf],
    ),
  ]
  return conditions
    .filter(([pattern]) => pattern !== '*')
    .map(
      ([pattern, read]) =>
        (attributes) =>
          matchesPattern(pattern, read(attributes)),
    )
}

/** The path of a served request or, where a trace begins with a call, of that call. */
function pathOf({ 'url.path': path, 'url.full': full }: Attributes): unknown {
  if (path === undefined && typeof full === 'string' && URL.canParse(full)) return new URL(full).pathname
  return path ?? '/'
}

/**
 * Whether a text matches a pattern with the wildcards `*` (any characters) and `?` (one character), in any case. `*` alone
 * also matches a missing text. Takes at most pattern × text steps: a regular expression of several wildcards would
 * take minutes for a long path, which the client chooses.
 */
export function matchesPattern(pattern: unknown, value: unknown): boolean {
  if (pattern === '*') return true
  if (typeof pattern !== 'string' || typeof value !== 'string') return false
  const wanted = pattern.toLowerCase()
  const text = value.toLowerCase()
  let at = 0
  let lastStar = -1
  let afterStar = 0
  for (let i = 0; i < text.length; ) {
    if (wanted[at] === '*') {
      lastStar = at++
      afterStar = i
    } else if (wanted[at] === '?' || wanted[at] === text[i]) {
      at++
      i++
    } else if (lastStar === -1) {
      return false
    } else {
      // The last star takes one character more.
      at = lastStar + 1
      i = ++afterStar
    }
  }
  while (wanted[at] === '*') at++
  return at === wanted.length
}
