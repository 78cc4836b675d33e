import { setTimeout as delay } from 'node:timers/promises'
import { type Context, diag, isSpanContextValid, trace } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
import type { AWSXRayRemoteSampler } from '@opentelemetry/sampler-aws-xray'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  SamplingDecision,
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
  const { name, ratio = 1 } = options
  if (name !== 'xray') return withCallers(name, STANDARD_SAMPLERS[name](ratio), () => false)
  const { AWSXRayRemoteSampler } = await import('@opentelemetry/sampler-aws-xray')
  const remote = new AWSXRayRemoteSampler({
    resource,
    endpoint: options.rulesEndpoint,
    pollingInterval: options.rulesPollingSeconds,
  })
  const early = EARLY_POLLS_MS.map((ms) => setTimeout(() => readRules(remote), ms).unref())
  return withCallers(
    name,
    remote,
    () => !hasRules(remote),
    () => {
      for (const timer of early) clearTimeout(timer)
      remote.stopPollers()
    },
  )
}

const STANDARD_SAMPLERS: Readonly<Record<Exclude<SamplerName, 'xray'>, (ratio: number) => Sampler>> = {
  always_on: () => new AlwaysOnSampler(),
  always_off: () => new AlwaysOffSampler(),
  traceidratio: (ratio) => new TraceIdRatioBasedSampler(ratio),
  parentbased_always_on: () => new ParentBasedSampler({ root: new AlwaysOnSampler() }),
  parentbased_always_off: () => new ParentBasedSampler({ root: new AlwaysOffSampler() }),
  parentbased_traceidratio: (ratio) => new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
}

/** These ignore a caller's decision, by OpenTelemetry's definition. */
const IGNORES_CALLER: ReadonlySet<SamplerName> = new Set(['always_on', 'always_off', 'traceidratio'])

/** Extends a sampler by the forms of X-Ray's header that a span context cannot hold, and by Honeycomb's sample rate. */
function withCallers(
  name: SamplerName,
  inner: Sampler,
  isFallback: () => boolean,
  stop: () => void = () => {},
): RunningSampler {
  const rates = new SampleRateCounter()
  return {
    shouldSample(context, traceId, spanName, spanKind, attributes, links) {
      const decide = (decidingContext: Context) =>
        inner.shouldSample(decidingContext, traceId, spanName, spanKind, attributes, links)
      const parent = trace.getSpanContext(context)
      const caller = getCaller(context)
      if (!caller || (parent && !parent.isRemote)) {
        const result = decide(context)
        return parent && isSpanContextValid(parent)
          ? belowParent(result, parent)
          : rates.atRoot(result, attributes)
      }
      if (caller.isSampled !== undefined && !IGNORES_CALLER.has(name)) {
        const { RECORD_AND_SAMPLED, NOT_RECORD } = SamplingDecision
        return { decision: caller.isSampled ? RECORD_AND_SAMPLED : NOT_RECORD }
      }
      // The caller made no decision, so its parent span must not be read as "not sampled".
      return rates.atRoot(decide(trace.deleteSpan(context)), attributes)
    },
    report: () => ({ name, fallback: isFallback() }),
    async ready(timeoutMs) {
      const deadline = Date.now() + timeoutMs
      while (isFallback() && Date.now() < deadline) await delay(10)
      const isReady = !isFallback()
      if (!isReady) diag.warn(FALLBACK)
      return isReady
    },
    stop,
    toString: () => `CallerAwareSampler{${inner.toString()}}`,
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
