import {
  type Attributes,
  type Context,
  diag,
  isSpanContextValid,
  type Link,
  type SpanKind,
  trace,
} from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type { AWSXRayRemoteSampler } from '@opentelemetry/sampler-aws-xray'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  SamplingDecision,
  type SamplingResult,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace'
import type { SamplerName, SamplerOptions } from '../options.ts'
import { getCaller } from '../propagation/xray-header.ts'
import { belowParent, SampleRateCounter } from './sample-rate.ts'

export interface SamplerReport {
  readonly name: SamplerName
  /** True while X-Ray's rules have not arrived: one trace a second and 5 % of the rest are kept. */
  readonly fallback: boolean
}

export interface RunningSampler extends Sampler {
  report(): SamplerReport
  /** Resolves with true when X-Ray's rules have arrived, or with false after `timeoutMs`. */
  ready(timeoutMs: number): Promise<boolean>
  stop(): void
}

/**
 * When to request the rules again, in ms after the start: `npm run setup` creates them a moment after it has started the
 * processes, and the first request should be decided by them.
 */
const EARLY_POLLS_MS = [1_500, 4_000]

const FALLBACK =
  'X-Ray’s sampling rules have not arrived (is the daemon, or the sandbox, up?): until they do, one trace a second and 5 % of the rest are kept.'

/** One decision per trace, for all providers: the caller's, or without one that of the named sampler. */
export async function createSampler(options: SamplerOptions, resource: Resource): Promise<RunningSampler> {
  if (options.name !== 'xray') {
    return new CallerAwareSampler(options.name, createStandardSampler(options), () => false)
  }
  const { AWSXRayRemoteSampler } = await import('@opentelemetry/sampler-aws-xray')
  const remote = new AWSXRayRemoteSampler({
    resource,
    endpoint: options.rulesEndpoint,
    pollingInterval: options.rulesPollingSeconds,
  })
  const early = EARLY_POLLS_MS.map((ms) => setTimeout(() => readRules(remote), ms).unref())
  return new CallerAwareSampler(
    'xray',
    remote,
    () => !hasRules(remote),
    () => {
      for (const timer of early) clearTimeout(timer)
      remote.stopPollers()
    },
  )
}

function createStandardSampler({ name, ratio = 1 }: SamplerOptions): Sampler {
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler()
    case 'always_off':
      return new AlwaysOffSampler()
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio)
    case 'parentbased_always_off':
      return new ParentBasedSampler({ root: new AlwaysOffSampler() })
    case 'parentbased_traceidratio':
      return new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) })
    default:
      return new ParentBasedSampler({ root: new AlwaysOnSampler() })
  }
}

/** These ignore a caller's decision, by OpenTelemetry's definition. */
const IGNORES_CALLER: ReadonlySet<SamplerName> = new Set(['always_on', 'always_off', 'traceidratio'])

/** Extends a sampler by the forms of X-Ray's header that a span context cannot hold, and by Honeycomb's sample rate. */
class CallerAwareSampler implements RunningSampler {
  readonly #name: SamplerName
  readonly #inner: Sampler
  readonly #rates = new SampleRateCounter()
  readonly #isFallback: () => boolean
  readonly #stop: () => void

  constructor(name: SamplerName, inner: Sampler, isFallback: () => boolean, stop: () => void = () => {}) {
    this.#name = name
    this.#inner = inner
    this.#isFallback = isFallback
    this.#stop = stop
  }

  shouldSample(
    context: Context,
    traceId: string,
    spanName: string,
    spanKind: SpanKind,
    attributes: Attributes,
    links: Link[],
  ): SamplingResult {
    const decide = (at: Context) =>
      this.#inner.shouldSample(at, traceId, spanName, spanKind, attributes, links)
    const parent = trace.getSpanContext(context)
    const caller = getCaller(context)
    if (!caller || (parent && !parent.isRemote)) {
      const result = decide(context)
      return parent && isSpanContextValid(parent)
        ? belowParent(result, parent)
        : this.#rates.atRoot(result, attributes)
    }
    if (caller.isSampled !== undefined && !IGNORES_CALLER.has(this.#name)) {
      return {
        decision: caller.isSampled ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD,
      }
    }
    // The caller made no decision, so its parent span must not be read as "not sampled".
    return this.#rates.atRoot(decide(trace.deleteSpan(context)), attributes)
  }

  report(): SamplerReport {
    return { name: this.#name, fallback: this.#isFallback() }
  }

  async ready(timeoutMs: number): Promise<boolean> {
    const deadline = Date.now() + timeoutMs
    while (this.#isFallback() && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 10))
    const isReady = !this.#isFallback()
    if (!isReady) diag.warn(FALLBACK)
    return isReady
  }

  stop(): void {
    this.#stop()
  }

  toString(): string {
    return `CallerAwareSampler{${this.#inner.toString()}}`
  }
}

/** Private fields of the sampler that are read here. sampler.test.ts fails when a version changes them. */
interface Internals {
  readonly ruleCache?: { readonly ruleAppliers?: unknown[]; isExpired?(): boolean }
  getAndUpdateSamplingRules?(): void
}

function internalsOf(sampler: AWSXRayRemoteSampler): Internals | undefined {
  return (sampler as unknown as { internalXraySampler?: Internals }).internalXraySampler
}

/** Requests the rules now instead of at the next poll. */
function readRules(sampler: AWSXRayRemoteSampler): void {
  internalsOf(sampler)?.getAndUpdateSamplingRules?.()
}

/** Whether rules have arrived, by the sampler's cache; it has no public method for this. True if there is no such cache. */
function hasRules(sampler: AWSXRayRemoteSampler): boolean {
  const cache = internalsOf(sampler)?.ruleCache
  if (!cache?.ruleAppliers) return true
  return cache.ruleAppliers.length > 0 && !cache.isExpired?.()
}
