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

/** What the headers of an incoming request make of its server span, with the propagator, the sampler and the ids of the services. */
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

    const w3c = (flags: string) => ({ traceparent: `00-${ID}-${PARENT}-${flags}` })
    const xray = (header: string) => ({ 'x-amzn-trace-id': header })
    const OTHER_XRAY = '1-6921f3a0-ffffffffffffffffffffffff'

    // The expected sampling decision, trace id (undefined: a new one) and parent span.
    test.each([
      ['no header', {}, ours],
      ['traceparent, sampled', w3c('01'), true, ID, PARENT],
      ['traceparent, not sampled', w3c('00'), false, ID, PARENT],
      [
        'both: traceparent wins',
        { ...w3c('01'), ...xray(`Root=${OTHER_XRAY};Parent=aaaaaaaaaaaaaaaa;Sampled=0`) },
        true,
        ID,
        PARENT,
      ],
      [
        'a broken traceparent and a valid X-Amzn-Trace-Id',
        { traceparent: '00-zz', ...xray(`${ROOT};Parent=${PARENT};Sampled=1`) },
        true,
        ID,
        PARENT,
      ],
      ['X-Ray’s full form, sampled', xray(`${ROOT};Parent=${PARENT};Sampled=1`), true, ID, PARENT],
      ['X-Ray’s full form, not sampled', xray(`${ROOT};Parent=${PARENT};Sampled=0`), false, ID, PARENT],
      ['a parent without a decision', xray(`${ROOT};Parent=${PARENT}`), ours, ID, PARENT],
      ['a parent that asks for the decision', xray(`${ROOT};Parent=${PARENT};Sampled=?`), ours, ID, PARENT],
      ['Root alone, as a load balancer sends it', xray(ROOT), ours, ID],
      ['Root with Sampled=1', xray(`${ROOT};Sampled=1`), true, ID],
      ['Root with Sampled=0', xray(`${ROOT};Sampled=0`), false, ID],
      ['Root with Sampled=?', xray(`${ROOT};Sampled=?`), ours, ID],
      ['Self and Root', xray(`Self=${OTHER_XRAY};${ROOT}`), ours, ID],
      [
        'two X-Amzn-Trace-Id headers, joined by Node',
        xray(`${ROOT}, Root=${OTHER_XRAY};Parent=${PARENT};Sampled=1`),
        ours,
        ID,
      ],
      ['an invalid X-Amzn-Trace-Id', xray('Root=1-2-3;;;'), ours],
    ] as const)('%s', (_name, headers, isSampled, traceId?: string, parent?: string) => {
      const seen = serve(headers)

      expect(seen.isSampled).toBe(isSampled)
      if (traceId) expect(seen.traceId).toBe(traceId)
      else expect([ID, OTHER]).not.toContain(seen.traceId)
      // A span that is not sampled is not recorded, and has no parent to show.
      if (isSampled) expect(seen.parent).toBe(parent)
      const flag = isSampled ? 1 : 0
      expect(seen.child).toMatchObject({ traceId: seen.traceId, traceFlags: flag })
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
