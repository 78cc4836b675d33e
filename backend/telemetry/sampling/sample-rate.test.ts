import {
  defaultTextMapGetter,
  defaultTextMapSetter,
  ROOT_CONTEXT,
  type Span,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import { defaultResource } from '@opentelemetry/resources'
import { SamplingDecision, TracerProvider } from '@opentelemetry/sdk-trace'
import { describe, expect, test } from 'vitest'
import { newSpanId, newTraceId } from '../../../contracts/trace-id.ts'
import type { SamplerName } from '../options.ts'
import { TraceHeadersPropagator } from '../propagation/propagator.ts'
import { SampleRateCounter } from './sample-rate.ts'
import { createSampler } from './sampler.ts'

const ROOTS = 5_000
const propagator = new TraceHeadersPropagator()

/** A tracer with the named sampler, as a service has it. The endpoint of the rules is never contacted. */
async function tracerWith(name: SamplerName, ratio: number) {
  const options = { name, ratio, rulesEndpoint: 'http://127.0.0.1:9', rulesPollingSeconds: 10 }
  return new TracerProvider({ sampler: await createSampler(options, defaultResource()) }).getTracer('test')
}

const rateOf = (span: Span) =>
  (span as Span & { attributes?: Record<string, unknown> }).attributes?.SampleRate as number | undefined
const isKept = (span: Span) => (span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0

/** The headers that a call made under this span has. */
function headersUnder(span: Span): Record<string, string> {
  const headers: Record<string, string> = {}
  propagator.inject(trace.setSpan(ROOT_CONTEXT, span), headers, defaultTextMapSetter)
  return headers
}

const contextFrom = (headers: Record<string, string>) =>
  propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter)

describe('the sum of SampleRate is the number of requests', () => {
  test('counted per first part of the path, so that an error that is always kept does not stand for dropped requests of other paths', () => {
    const counter = new SampleRateCounter()
    const decide = (path: string, isKept: boolean) =>
      counter.atRoot(
        { decision: isKept ? SamplingDecision.RECORD_AND_SAMPLED : SamplingDecision.NOT_RECORD },
        { 'url.path': path },
      ).attributes?.SampleRate
    for (let i = 0; i < 9; i++) decide(`/api/${i}`, false)
    expect(decide('/rollbar/test', true)).toBe(1)
    expect(decide('/api/home', true)).toBe(10)
    // More first parts than the counter distinguishes (100): the sum is still right.
    for (let i = 0; i < 500; i++) decide(`/${i}`, false)
    const rates = Array.from({ length: 500 }, (_, i) => Number(decide(`/${i}`, true)))
    expect(rates.reduce((sum, rate) => sum + rate)).toBe(1_000)
  })

  test(`of ${ROOTS} requests at 10 %, both in the service that decides and in the one that it calls`, async () => {
    const api = await tracerWith('parentbased_traceidratio', 0.1)
    const profiles = await tracerWith('parentbased_traceidratio', 0.1)
    let kept = 0
    let sum = 0
    let sumBelow = 0
    for (let i = 0; i < ROOTS; i++) {
      const root = api.startSpan('GET', {}, ROOT_CONTEXT)
      const called = profiles.startSpan('GET', {}, contextFrom(headersUnder(root)))
      expect(isKept(called)).toBe(isKept(root))
      if (!isKept(root)) continue
      kept++
      sum += rateOf(root) ?? Number.NaN
      sumBelow += rateOf(called) ?? Number.NaN
    }
    expect(kept).toBeGreaterThan(ROOTS * 0.08)
    expect(kept).toBeLessThan(ROOTS * 0.12)
    expect(Math.abs(sum - ROOTS)).toBeLessThanOrEqual(ROOTS * 0.02)
    expect(sumBelow).toBe(sum)
  })

  test('every span of a kept trace has the root’s rate', async () => {
    const tracer = await tracerWith('parentbased_traceidratio', 0.2)
    for (let kept = 0; kept < 20; ) {
      const root = tracer.startSpan('root', {}, ROOT_CONTEXT)
      const child = tracer.startSpan('child', {}, trace.setSpan(ROOT_CONTEXT, root))
      const grandchild = tracer.startSpan('grandchild', {}, trace.setSpan(ROOT_CONTEXT, child))
      if (!isKept(root)) continue
      kept++
      expect([rateOf(child), rateOf(grandchild)]).toEqual([rateOf(root), rateOf(root)])
    }
  })
})

describe('a span that the caller decided to keep', async () => {
  const tracer = await tracerWith('parentbased_always_on', 1)

  test.each([
    ['traceparent', { traceparent: `00-${newTraceId()}-${newSpanId()}-01` }],
    [
      'X-Amzn-Trace-Id',
      { 'x-amzn-trace-id': `Root=1-6921f3a0-0123456789abcdef01234567;Parent=${newSpanId()};Sampled=1` },
    ],
  ])('has no rate if the caller sent %s without one', (_name, headers) => {
    const span = tracer.startSpan('GET', {}, contextFrom(headers))
    expect(isKept(span)).toBe(true)
    expect(rateOf(span)).toBeUndefined()
  })

  test.each(['rate:0', 'rate:-3', 'rate:1e9', 'rate:12345678901', '12'])(
    'has no rate if the caller sent the invalid %s',
    (value) => {
      const headers = { traceparent: `00-${newTraceId()}-${newSpanId()}-01`, tracestate: `hny=${value}` }
      expect(rateOf(tracer.startSpan('GET', {}, contextFrom(headers)))).toBeUndefined()
    },
  )

  test('has the rate that the caller sent, and passes on other members of tracestate', () => {
    const headers = { traceparent: `00-${newTraceId()}-${newSpanId()}-01`, tracestate: 'a=1,hny=rate:7,b=2' }
    const span = tracer.startSpan('GET', {}, contextFrom(headers))
    expect(rateOf(span)).toBe(7)
    expect(headersUnder(span).tracestate).toBe('a=1,hny=rate:7,b=2')
  })

  test('has a rate of this service if the caller sent a trace id but no decision', () => {
    const headers = { 'x-amzn-trace-id': 'Root=1-6921f3a0-0123456789abcdef01234567' }
    expect(rateOf(tracer.startSpan('GET', {}, contextFrom(headers)))).toBe(1)
  })
})
