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
  /** Resolves when X-Ray's rules are there, or after `timeoutMs`, whichever is first. */
  ready(timeoutMs: number): Promise<boolean>
  stop(): void
}

/**
 * A set-up that has just started everything makes the rules a moment later, and the first request of a person would be
 * decided without them. ms after the start
 */
const EARLY_READINGS_MS = [1_500, 4_000]

const FALLBACK =
  'X-Ray’s sampling rules have not arrived (is the daemon, or the sandbox, up?): until they do, one trace a second and 5 % of the rest are kept.'

/** One decision a trace, for all providers: a caller's is honoured, and without one the named sampler's counts. */
export async function createSampler(options: SamplerOptions, resource: Resource): Promise<RunningSampler> {
  if (options.name !== 'xray') {
    return new CallerAwareSampler(options.name, createStandardSampler(options), () => false)
  }
  // It brings an SDK of its own along, which is loaded only for it.
  const { AWSXRayRemoteSampler } = await import('@opentelemetry/sampler-aws-xray')
  const remote = new AWSXRayRemoteSampler({
    resource,
    endpoint: options.rulesEndpoint,
    pollingInterval: options.rulesPollingSeconds,
  })
  const early = EARLY_READINGS_MS.map((ms) => setTimeout(() => readRules(remote), ms).unref())
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

/** By OpenTelemetry's definition they decide for themselves, whatever a caller has decided. */
const ASKS_NOBODY: ReadonlySet<SamplerName> = new Set(['always_on', 'always_off', 'traceidratio'])

/** Adds to a sampler what X-Ray's header can say and a span context cannot, and the rate that it comes to. */
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
    if (caller.isSampled !== undefined && !ASKS_NOBODY.has(this.#name)) {
      return {
        decision: caller.isSampled ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD,
      }
    }
    // The caller left the decision to us, so the parent that it named must not be read as "not sampled".
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

/** What is looked at of the sampler's inside, which no version of it promises: sampler.test.ts fails when it changes. */
interface Inside {
  readonly ruleCache?: { readonly ruleAppliers?: unknown[]; isExpired?(): boolean }
  getAndUpdateSamplingRules?(): void
}

function insideOf(sampler: AWSXRayRemoteSampler): Inside | undefined {
  return (sampler as unknown as { internalXraySampler?: Inside }).internalXraySampler
}

/** Asks for the rules now, and not when the next reading is due. */
function readRules(sampler: AWSXRayRemoteSampler): void {
  insideOf(sampler)?.getAndUpdateSamplingRules?.()
}

/** Whether rules have arrived. The sampler does not tell, so its cache is looked at; yes, where there is none to see. */
function hasRules(sampler: AWSXRayRemoteSampler): boolean {
  const cache = insideOf(sampler)?.ruleCache
  if (!cache?.ruleAppliers) return true
  return cache.ruleAppliers.length > 0 && !cache.isExpired?.()
}
