import { defaultTextMapGetter, defaultTextMapSetter, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api'
import { AWSXRayIdGenerator } from '@opentelemetry/id-generator-aws-xray'
import { emptyResource } from '@opentelemetry/resources'
import { type ReadableSpan, TracerProvider } from '@opentelemetry/sdk-trace'
import { describe, expect, test } from 'vitest'
import { createSampler } from '../sampling/sampler.ts'
import { RootTraceIdGenerator, TraceHeadersPropagator, withRootTraceIds } from './propagator.ts'

const ID = '6921f3a00123456789abcdef01234567'
const ROOT = 'Root=1-6921f3a0-0123456789abcdef01234567'
const PARENT = '53995c3f42cd8ad8'
const OTHER = '6921f3a0ffffffffffffffffffffffff'

/** How an incoming request's headers come out as its server span: the way of a request, through the real parts. */
describe.each(['always decides yes', 'always decides no'] as const)(
  'headers of a request, where this service %s',
  async (decides) => {
    const ours = decides === 'always decides yes'
    const ids = new RootTraceIdGenerator(new AWSXRayIdGenerator())
    const sampler = await createSampler(
      {
        name: ours ? 'parentbased_always_on' : 'parentbased_always_off',
        rulesEndpoint: '',
        rulesPollingSeconds: 10,
      },
      emptyResource(),
    )
    const tracer = withRootTraceIds(new TracerProvider({ sampler, idGenerator: ids }).getTracer('http'), ids)
    const propagator = new TraceHeadersPropagator()

    /** What incoming-http.ts does with a request: reads the headers, starts a span, and sends them on. */
    function serve(headers: Record<string, string>) {
      const caller = propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter)
      const span = tracer.startSpan('GET', { kind: SpanKind.SERVER }, caller)
      const inside = trace.setSpan(caller, span)
      const child = tracer.startSpan('inside', {}, inside)
      const outgoing: Record<string, string> = {}
      propagator.inject(inside, outgoing, defaultTextMapSetter)
      const { traceId, traceFlags } = span.spanContext()
      return {
        traceId,
        isSampled: (traceFlags & 1) === 1,
        parent: (span as Partial<ReadableSpan>).parentSpanContext?.spanId,
        child: child.spanContext(),
        outgoing,
      }
    }

    test.each([
      ['no header', {}, { isSampled: ours }],
      [
        'traceparent, sampled',
        { traceparent: `00-${ID}-${PARENT}-01` },
        { traceId: ID, parent: PARENT, isSampled: true },
      ],
      [
        'traceparent, not sampled',
        { traceparent: `00-${ID}-${PARENT}-00` },
        { traceId: ID, parent: PARENT, isSampled: false },
      ],
      [
        'both: traceparent wins',
        {
          traceparent: `00-${ID}-${PARENT}-01`,
          'x-amzn-trace-id': `Root=1-6921f3a0-ffffffffffffffffffffffff;Parent=aaaaaaaaaaaaaaaa;Sampled=0`,
        },
        { traceId: ID, parent: PARENT, isSampled: true },
      ],
      [
        'a broken traceparent and a valid X-Amzn-Trace-Id',
        { traceparent: '00-zz', 'x-amzn-trace-id': `${ROOT};Parent=${PARENT};Sampled=1` },
        { traceId: ID, parent: PARENT, isSampled: true },
      ],
      [
        'X-Ray’s full form, sampled',
        { 'x-amzn-trace-id': `${ROOT};Parent=${PARENT};Sampled=1` },
        { traceId: ID, parent: PARENT, isSampled: true },
      ],
      [
        'X-Ray’s full form, not sampled',
        { 'x-amzn-trace-id': `${ROOT};Parent=${PARENT};Sampled=0` },
        { traceId: ID, parent: PARENT, isSampled: false },
      ],
      [
        'a parent that has not decided',
        { 'x-amzn-trace-id': `${ROOT};Parent=${PARENT}` },
        { traceId: ID, parent: PARENT, isSampled: ours },
      ],
      [
        'a parent that asks',
        { 'x-amzn-trace-id': `${ROOT};Parent=${PARENT};Sampled=?` },
        { traceId: ID, parent: PARENT, isSampled: ours },
      ],
      [
        'Root alone, as a load balancer sends it',
        { 'x-amzn-trace-id': ROOT },
        { traceId: ID, isSampled: ours },
      ],
      ['Root with Sampled=1', { 'x-amzn-trace-id': `${ROOT};Sampled=1` }, { traceId: ID, isSampled: true }],
      ['Root with Sampled=0', { 'x-amzn-trace-id': `${ROOT};Sampled=0` }, { traceId: ID, isSampled: false }],
      ['Root with Sampled=?', { 'x-amzn-trace-id': `${ROOT};Sampled=?` }, { traceId: ID, isSampled: ours }],
      [
        'Self and Root',
        { 'x-amzn-trace-id': `Self=1-6921f3a0-ffffffffffffffffffffffff;${ROOT}` },
        { traceId: ID, isSampled: ours },
      ],
      ['nonsense', { 'x-amzn-trace-id': 'Root=1-2-3;;;' }, { isSampled: ours }],
    ] as const)('%s', (_name, headers, expected) => {
      const seen = serve(headers)

      expect(seen.isSampled).toBe(expected.isSampled)
      if ('traceId' in expected) expect(seen.traceId).toBe(expected.traceId)
      else expect([ID, OTHER]).not.toContain(seen.traceId)
      // A span that is not sampled is not recorded, and has no parent to show.
      if (expected.isSampled) expect(seen.parent).toBe('parent' in expected ? expected.parent : undefined)
      expect(seen.child).toMatchObject({ traceId: seen.traceId, traceFlags: expected.isSampled ? 1 : 0 })
      const flag = expected.isSampled ? 1 : 0
      expect(seen.outgoing.traceparent).toMatch(new RegExp(`^00-${seen.traceId}-[0-9a-f]{16}-0${flag}$`))
      expect(seen.outgoing['x-amzn-trace-id']).toMatch(
        new RegExp(`^Root=1-[0-9a-f-]{33};Parent=[0-9a-f]{16};Sampled=${flag}$`),
      )
    })

    test('a caller’s trace id is not used for the next request', () => {
      expect(serve({ 'x-amzn-trace-id': ROOT }).traceId).toBe(ID)
      expect(serve({}).traceId).not.toBe(ID)
    })
  },
)
