import { type Context, isSpanContextValid, trace } from '@opentelemetry/api'
import type { Resource } from '@opentelemetry/resources'
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
import type { RuleDecisions } from './xray/rule.ts'

export interface SamplerReport {
  readonly name: SamplerName
  /** True while X-Ray's rules have not arrived: one trace a second and 5 % of the rest are kept. */
  readonly fallback: boolean
  /** Why X-Ray’s rules cannot be read at present. */
  readonly failure?: string
  /** X-Ray's rules that can match this service's requests, the first one first, and what each has decided. */
  readonly rules?: readonly RuleDecisions[]
}

export interface RunningSampler extends Sampler {
  report(): SamplerReport
  /**
   * Resolves when X-Ray's rules have arrived and this process has its share of their reservoirs, or after `timeoutMs`;
   * with false where no rules have arrived.
   */
  ready(timeoutMs: number): Promise<boolean>
  stop(): void
}

/** One decision per trace, for all providers: the caller's, or without one that of the named sampler. */
export async function createSampler(options: SamplerOptions, resource: Resource): Promise<RunningSampler> {
  const { name, ratio = 1 } = options
  if (name !== 'xray') return withCallers(name, STANDARD_SAMPLERS[name](ratio))
  const { XRaySampler } = await import('./xray/sampler.ts')
  const { rulesEndpoint: endpoint, rulesPollingSeconds: pollingSeconds } = options
  const rules = new XRaySampler({ endpoint, pollingSeconds, resource })
  return {
    ...withCallers(name, new ParentBasedSampler({ root: rules })),
    report: () => ({
      name,
      fallback: rules.isFallback,
      ...(rules.failure && { failure: rules.failure }),
      rules: rules.decisions,
    }),
    ready: (timeoutMs) => rules.ready(timeoutMs),
    stop: () => rules.stop(),
  }
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
function withCallers(name: SamplerName, inner: Sampler): RunningSampler {
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
    report: () => ({ name, fallback: false }),
    ready: () => Promise.resolve(true),
    stop: () => {},
    toString: () => `CallerAwareSampler{${inner.toString()}}`,
  }
}
