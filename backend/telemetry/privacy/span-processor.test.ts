import { createTraceState, ROOT_CONTEXT, SpanKind, TraceFlags, trace } from '@opentelemetry/api'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { expect, test } from 'vitest'
import { newSpanId, newTraceId } from '../../../contracts/trace-id.ts'
import type { PrivacyOptions } from '../options.ts'
import { createPrivacyProcessor } from './span-processor.ts'

const DEFAULTS: PrivacyOptions = { clientAddress: 'truncated', userAgent: true, referrer: 'origin' }

function tracerWith(privacy: Partial<PrivacyOptions> = {}) {
  const exporter = new InMemorySpanExporter()
  const first = createPrivacyProcessor({
    allowedQueryParameters: ['page'],
    privacy: { ...DEFAULTS, ...privacy },
  })
  const spanProcessors = [first, new SimpleSpanProcessor({ exporter })]
  return { exporter, tracer: new TracerProvider({ spanProcessors }).getTracer('test') }
}

const CLIENT = {
  'client.address': '203.0.113.77',
  'client.port': 4711,
  'network.peer.address': '2001:db8:1:2::3',
  'network.peer.port': 4712,
  'user_agent.original': 'curl/8',
}

test.each<[Partial<PrivacyOptions>, Record<string, unknown>]>([
  [
    {},
    {
      'client.address': '203.0.113.0',
      'network.peer.address': '2001:db8:1::',
      'user_agent.original': 'curl/8',
    },
  ],
  [{ clientAddress: 'none', userAgent: false }, {}],
  [{ clientAddress: 'full' }, CLIENT],
])('of the client, with %j, a served request’s span has %j', (privacy, expected) => {
  const { exporter, tracer } = tracerWith(privacy)
  tracer.startSpan('GET', { kind: SpanKind.SERVER, attributes: CLIENT }).end()
  expect(exporter.getFinishedSpans()[0]?.attributes).toEqual(expected)
})

test('of a called server the span has everything', () => {
  const { exporter, tracer } = tracerWith({ clientAddress: 'none' })
  tracer.startSpan('GET', { kind: SpanKind.CLIENT, attributes: CLIENT }).end()
  expect(exporter.getFinishedSpans()[0]?.attributes).toEqual(CLIENT)
})

test('a user agent that is passed on to a called server is recorded only where the option allows it', () => {
  const { exporter, tracer } = tracerWith({ userAgent: false })
  tracer.startSpan('GET', { kind: SpanKind.CLIENT, attributes: CLIENT }).end()
  const { 'user_agent.original': _passedOn, ...rest } = CLIENT
  expect(exporter.getFinishedSpans()[0]?.attributes).toEqual(rest)
})

test('queries are redacted in every span', () => {
  const { exporter, tracer } = tracerWith()
  const attributes = { 'url.query': 'page=1&token=s3cret', 'url.full': 'http://me:pw@h/?token=s3cret' }
  tracer.startSpan('GET', { attributes }).end()
  expect(exporter.getFinishedSpans()[0]?.attributes).toEqual({
    'url.query': 'page=1&token=REDACTED',
    'url.full': 'http://h/?token=REDACTED',
  })
})

test('other systems’ members of tracestate are passed on, but not exported, nor are those of links', () => {
  const { exporter, tracer } = tracerWith()
  const remote = (members: string) => ({
    traceId: newTraceId(),
    spanId: newSpanId(),
    traceFlags: TraceFlags.SAMPLED,
    isRemote: true,
    traceState: createTraceState(members),
  })
  const linked = remote('user=ada')
  const caller = trace.setSpanContext(ROOT_CONTEXT, remote('a=1,hny=rate:7,b=2'))
  const span = tracer.startSpan('GET', { links: [{ context: linked }] }, caller)
  const child = tracer.startSpan('child', {}, trace.setSpan(caller, span))
  expect(child.spanContext().traceState?.serialize()).toBe('a=1,hny=rate:7,b=2')
  span.end()
  child.end()
  const exported = exporter.getFinishedSpans()
  expect(exported.map((one) => one.spanContext().traceState?.serialize())).toEqual([
    'hny=rate:7',
    'hny=rate:7',
  ])
  expect(exported[0]?.links[0]?.context).toEqual({ ...linked, traceState: undefined })
  expect(linked.traceState.serialize()).toBe('user=ada')
})
