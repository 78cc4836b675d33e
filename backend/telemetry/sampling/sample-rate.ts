import { type Attributes, createTraceState, type SpanContext, TraceFlags } from '@opentelemetry/api'
import { SamplingDecision, type SamplingResult } from '@opentelemetry/sdk-trace'
import { ATTR_URL_PATH } from '@opentelemetry/semantic-conventions'

/**
 * The attribute by which Honeycomb weighs a span: how many it stands for.
 * Source: https://docs.honeycomb.io/manage-data-volume/sample/guidelines/
 */
export const SAMPLE_RATE = 'SampleRate'

/**
 * Our member of `tracestate`, as `hny=rate:12`: a small letter first in the key, and no comma or equals sign in the
 * value. Source: https://www.w3.org/TR/trace-context/#list
 */
const KEY = 'hny'
const VALUE = /^rate:([1-9]\d{0,8})$/

/** Different beginnings of paths that are told apart; all others count as one. */
const MAX_KINDS = 100

/**
 * Keeps Honeycomb's counts right under a sampler that does not tell its rate: a root that is kept stands for itself
 * and for the roots of its kind that were dropped since the one before it. That is exact as a sum, whatever rules and
 * reservoirs decided. A kind is the first part of a path, because rules go by paths: errors that are all kept must not
 * stand for a timeline's requests that were dropped.
 */
export class SampleRateCounter {
  readonly #dropped = new Map<string, number>()

  /** A decision of our own, at the root of a trace. A kept one gets the rate, for itself and for all below it. */
  atRoot(result: SamplingResult, attributes: Attributes = {}): SamplingResult {
    const kind = this.#kindOf(attributes)
    const dropped = this.#dropped.get(kind) ?? 0
    if (result.decision !== SamplingDecision.RECORD_AND_SAMPLED) {
      this.#dropped.set(kind, dropped + 1)
      return result
    }
    const rate = dropped + 1
    this.#dropped.set(kind, 0)
    const traceState = (result.traceState ?? createTraceState()).set(KEY, `rate:${rate}`)
    return { ...result, traceState, attributes: { ...result.attributes, [SAMPLE_RATE]: rate } }
  }

  #kindOf({ [ATTR_URL_PATH]: path }: Attributes): string {
    if (typeof path !== 'string') return ''
    const end = path.indexOf('/', 1)
    const kind = end === -1 ? path : path.slice(0, end)
    return this.#dropped.has(kind) || this.#dropped.size < MAX_KINDS ? kind : ''
  }
}

/** A decision below a parent: a kept span bears the root's rate, if whoever decided there has told it. */
export function belowParent(result: SamplingResult, parent: SpanContext): SamplingResult {
  if (result.decision !== SamplingDecision.RECORD_AND_SAMPLED) return result
  const rate = sampleRateOf(parent)
  return rate === undefined
    ? result
    : { ...result, attributes: { ...result.attributes, [SAMPLE_RATE]: rate } }
}

/** The rate that a trace's root was kept at; undefined where a caller decided without telling. */
export function sampleRateOf({ traceState }: SpanContext): number | undefined {
  const rate = VALUE.exec(traceState?.get(KEY) ?? '')?.[1]
  return rate === undefined ? undefined : Number(rate)
}

/** Whether a trace is kept, by the flags of its span context. */
export function isSampled({ traceFlags }: SpanContext): boolean {
  return (traceFlags & TraceFlags.SAMPLED) !== 0
}
