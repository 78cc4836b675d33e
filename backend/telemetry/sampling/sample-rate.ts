import { type Attributes, createTraceState, type SpanContext, TraceFlags } from '@opentelemetry/api'
import { SamplingDecision, type SamplingResult } from '@opentelemetry/sdk-trace'

/**
 * The attribute that tells Honeycomb how many spans a kept span represents.
 * Source: https://docs.honeycomb.io/manage-data-volume/sample/guidelines/
 */
export const SAMPLE_RATE = 'SampleRate'

/**
 * Our member of `tracestate`: `hny=rate:12`. A key must begin with a lower-case letter, and a value must not contain a
 * comma or an equals sign. Source: https://www.w3.org/TR/trace-context/#list
 */
export const TRACE_STATE_KEY = 'hny'
const VALUE = /^rate:([1-9]\d{0,8})$/

/** How many groups of paths are counted separately; all further ones share a group. */
const MAX_GROUPS = 100

/**
 * Keeps Honeycomb's counts right with a sampler that does not report its rate: a kept root represents itself and the
 * roots of its group that were dropped since the last kept one. The sum is exact, whatever rules and reservoirs decided.
 * A group is the first segment of a path, because sampling rules match paths: errors that are always kept must not
 * represent dropped requests for a timeline.
 */
export class SampleRateCounter {
  readonly #dropped = new Map<string, number>()

  /** Takes the decision about the root of a trace. A kept root gets the rate, for itself and its descendants. */
  atRoot(result: SamplingResult, attributes: Attributes = {}): SamplingResult {
    const group = this.#groupOf(attributes)
    const dropped = this.#dropped.get(group) ?? 0
    if (result.decision !== SamplingDecision.RECORD_AND_SAMPLED) {
      this.#dropped.set(group, dropped + 1)
      return result
    }
    const rate = dropped + 1
    this.#dropped.set(group, 0)
    const traceState = (result.traceState ?? createTraceState()).set(TRACE_STATE_KEY, `rate:${rate}`)
    return { ...result, traceState, attributes: { ...result.attributes, [SAMPLE_RATE]: rate } }
  }

  #groupOf({ 'url.path': path }: Attributes): string {
    if (typeof path !== 'string') return ''
    const end = path.indexOf('/', 1)
    const group = end === -1 ? path : path.slice(0, end)
    return this.#dropped.has(group) || this.#dropped.size < MAX_GROUPS ? group : ''
  }
}

/** Takes the decision about a span with a parent: a kept span gets the root's rate, if the root's process sent it. */
export function belowParent(result: SamplingResult, parent: SpanContext): SamplingResult {
  if (result.decision !== SamplingDecision.RECORD_AND_SAMPLED) return result
  const rate = sampleRateOf(parent)
  return rate === undefined
    ? result
    : { ...result, attributes: { ...result.attributes, [SAMPLE_RATE]: rate } }
}

/** The rate of a trace's root; undefined where the caller decided and did not send it. */
export function sampleRateOf({ traceState }: SpanContext): number | undefined {
  const rate = VALUE.exec(traceState?.get(TRACE_STATE_KEY) ?? '')?.[1]
  return rate === undefined ? undefined : Number(rate)
}

/** Whether a trace is kept, by the flags of its span context. */
export function isSampled({ traceFlags }: Pick<SpanContext, 'traceFlags'>): boolean {
  return (traceFlags & TraceFlags.SAMPLED) !== 0
}
