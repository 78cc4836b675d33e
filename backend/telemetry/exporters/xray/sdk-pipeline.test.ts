import { execFile } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { promisify } from 'node:util'
import {
  type Attributes,
  context,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api'
import { AWSXRayIdGenerator } from '@opentelemetry/id-generator-aws-xray'
import { resourceFromAttributes } from '@opentelemetry/resources'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type SpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { StoredSegment } from '../../../../tests/harness/stored-trace.ts'
import { Delivery } from '../delivery.ts'
import { SegmentEmitter } from './emitter.ts'
import { createSdkPipeline } from './sdk-pipeline.ts'

const IS_LONG = process.env.TEST_LONG === '1'

/** A plain UDP listener in the daemon's place: what is asserted is what left the process. */
let daemon: Socket
let delivery: Delivery
let provider: TracerProvider
const received: StoredSegment[] = []

beforeAll(async () => {
  daemon = createSocket('udp4')
  daemon.on('message', (message) => {
    const [header, body] = message.toString().split('\n', 2)
    expect(JSON.parse(header ?? '')).toEqual({ format: 'json', version: 1 })
    received.push(JSON.parse(body ?? ''))
  })
  await new Promise<void>((resolve) => daemon.bind(0, '127.0.0.1', resolve))
  const address = { host: '127.0.0.1', port: daemon.address().port }
  delivery = new Delivery(() => {})
  provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'orders' }),
    sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
    idGenerator: new AWSXRayIdGenerator(),
    spanProcessors: [
      createSdkPipeline(
        {
          pipeline: 'sdk',
          daemon: { udp: address, tcp: address },
          dynamicNaming: '*.example.com',
          tracedHosts: ['Stock.internal', 'prices.internal:8080'],
        },
        { name: 'orders', version: '1.2.3' },
        delivery,
      ),
    ],
  })
})

afterAll(() => {
  daemon.close()
  context.disable()
})

beforeEach(() => {
  received.length = 0
})

const tracer = () => provider.getTracer('test')
const start = (name: string, parent?: Span, kind = SpanKind.INTERNAL, attributes = {}) =>
  tracer().startSpan(name, { kind, attributes }, parent ? trace.setSpan(ROOT_CONTEXT, parent) : ROOT_CONTEXT)
const documents = async (count: number) => {
  await expect.poll(() => received.length, { timeout: 2_000 }).toBe(count)
  return received
}
const idOf = (span: Span) => span.spanContext().spanId

describe('spans as segments', () => {
  test('a local root becomes a segment, and the spans below it subsegments with the same ids and order', async () => {
    const root = start('GET /orders', undefined, SpanKind.SERVER)
    const inside = start('load', root)
    const call = start('GET', inside, SpanKind.CLIENT, {
      'server.address': 'stock.internal',
      'http.request.method': 'GET',
      'url.full': 'http://stock.internal/a',
    })
    call.end()
    inside.end()
    root.end()
    const [segment] = await documents(1)
    expect(segment).toMatchObject({ id: idOf(root), name: 'orders', annotations: { service_name: 'orders' } })
    expect(segment?.trace_id).toBe(root.spanContext().traceId.replace(/^(.{8})/, '1-$1-'))
    expect(segment?.in_progress).toBeUndefined()
    const [load] = segment?.subsegments ?? []
    expect(load).toMatchObject({ id: idOf(inside), name: 'load' })
    expect(load?.subsegments).toMatchObject([
      {
        id: idOf(call),
        name: 'stock.internal',
        namespace: 'remote',
        http: { request: { method: 'GET', url: 'http://stock.internal/a' } },
      },
    ])
    expect(segment?.end_time).toBeGreaterThanOrEqual(segment?.start_time ?? Number.POSITIVE_INFINITY)
  })

  test('a span with a remote parent becomes a segment with that parent', async () => {
    const traceId = '6921f3a00123456789abcdef01234567'
    const parent = { traceId, spanId: '53995c3f42cd8ad8', traceFlags: TraceFlags.SAMPLED, isRemote: true }
    tracer().startSpan('GET', { kind: SpanKind.SERVER }, trace.setSpanContext(ROOT_CONTEXT, parent)).end()
    const [segment] = await documents(1)
    expect(segment).toMatchObject({
      parent_id: '53995c3f42cd8ad8',
      trace_id: '1-6921f3a0-0123456789abcdef01234567',
    })
    expect(segment?.type).toBeUndefined()
  })

  test('a child that ends after its segment was sent is sent separately', async () => {
    const root = start('root')
    const early = start('early', root)
    const late = start('late', root)
    const grandchild = start('grandchild of late', late)
    early.end()
    root.end()
    grandchild.end()
    late.end()
    const [segment, ...rest] = await documents(3)
    expect(segment?.subsegments?.map(({ name }) => name)).toEqual(['early'])
    expect(rest).toMatchObject([
      { type: 'subsegment', name: 'grandchild of late', parent_id: idOf(late), trace_id: segment?.trace_id },
      { type: 'subsegment', name: 'late', parent_id: idOf(root), trace_id: segment?.trace_id },
    ])
  })

  test('a child that waits for its parent is sent without it, with its own children', async () => {
    const root = start('root')
    const late = start('late', root)
    const child = start('child of late', late)
    const grandchild = start('grandchild', child)
    grandchild.end()
    child.end()
    root.end()
    late.end()
    const all = await documents(3)
    expect(all.find(({ id }) => id === idOf(child))).toMatchObject({
      type: 'subsegment',
      parent_id: idOf(late),
      subsegments: [{ id: idOf(grandchild) }],
    })
  })

  test('only calls of the given hosts are traced: with any port, or with the given one', async () => {
    const root = start('root')
    const call = (host: string, port: number) =>
      start('GET', root, SpanKind.CLIENT, {
        'server.address': host,
        'server.port': port,
        'http.request.method': 'GET',
      }).end()
    call('stock.internal', 80)
    call('prices.internal', 8080)
    call('prices.internal', 80)
    call('api.example.com', 443)
    root.end()
    const [segment] = await documents(1)
    const traced = segment?.subsegments?.map(({ http }) => http as { request?: { traced?: boolean } })
    expect(traced?.map((http) => http?.request?.traced)).toEqual([true, true, undefined, undefined])
  })

  test('a child stays below a parent that ends first, if both end before the root', async () => {
    const root = start('root')
    const parent = start('parent', root)
    const child = start('child', parent)
    parent.end()
    child.end()
    root.end()
    const [segment] = await documents(1)
    expect(segment?.subsegments?.[0]?.subsegments?.[0]).toMatchObject({ id: idOf(child) })
  })

  test('spans that are not sampled are not sent', async () => {
    const off = new TracerProvider({ sampler: new AlwaysOffSampler() })
    off.getTracer('t').startSpan('no').end()
    start('yes').end()
    expect(await documents(1)).toMatchObject([{ metadata: { otel: { span_name: 'yes' } } }])
  })

  test('a matching host names the segment, and the annotation keeps the service’s name', async () => {
    const named = start('GET', undefined, SpanKind.SERVER, {
      'server.address': 'shop.example.com',
      'server.port': 8443,
    })
    named.end()
    const other = start('GET', undefined, SpanKind.SERVER, { 'server.address': 'a.example.com' })
    other.end()
    const [first, second] = await documents(2)
    expect(first).toMatchObject({ name: 'orders', annotations: { service_name: 'orders' } })
    expect(second).toMatchObject({ name: 'a.example.com', annotations: { service_name: 'orders' } })
  })
})

describe('flags and causes', () => {
  test.each([
    [500, { fault: true, error: undefined, throttle: undefined }],
    [404, { fault: undefined, error: true, throttle: undefined }],
    [429, { fault: undefined, error: true, throttle: true }],
    [204, { fault: undefined, error: undefined, throttle: undefined }],
  ])('status %i', async (status, flags) => {
    const span = start('GET', undefined, SpanKind.SERVER, {
      'http.request.method': 'GET',
      'http.response.status_code': status,
    })
    span.end()
    const [segment] = await documents(1)
    expect({ fault: segment?.fault, error: segment?.error, throttle: segment?.throttle }).toEqual(flags)
    expect(segment?.http?.response).toEqual({ status })
  })

  test('a handled exception is a cause without the fault flag', async () => {
    const span = start('work', undefined, SpanKind.SERVER, { 'http.response.status_code': 200 })
    span.recordException(new Error('tried again, and well'))
    span.end()
    const [segment] = await documents(1)
    expect(segment?.cause?.exceptions).toHaveLength(1)
    expect(segment).not.toHaveProperty('fault')
  })

  test('an exception is a cause with its stack', async () => {
    const span = start('work')
    span.recordException(new TypeError('no such order'))
    span.setStatus({ code: SpanStatusCode.ERROR })
    span.end()
    const [segment] = await documents(1)
    expect(segment?.fault).toBe(true)
    const [exception] = segment?.cause?.exceptions ?? []
    expect(exception).toMatchObject({ message: 'no such order', type: 'TypeError' })
    expect(exception?.stack[0]?.path).toMatch(/sdk-pipeline\.test\.ts$/)
    expect(exception?.stack[0]?.line).toBeGreaterThan(1)
  })
})

describe('limits', () => {
  test('a request that takes too long is given up: ended spans are sent, and its root still becomes a segment', async () => {
    const caller = trace.wrapSpanContext({
      traceId: '6b0359b306368b5bae022778cb47cac6',
      spanId: '00f067aa0ba902b7',
      traceFlags: 1,
      isRemote: true,
    })
    const long = start('GET /events', caller, SpanKind.SERVER)
    const early = start('early', long)
    early.end()
    vi.useFakeTimers({ toFake: ['performance'] })
    vi.advanceTimersByTime(60 * 60_000)
    start('another').end()
    vi.useRealTimers()
    long.end()
    const all = await documents(3)
    expect(all.find(({ id }) => id === idOf(early))).toMatchObject({
      type: 'subsegment',
      parent_id: idOf(long),
    })
    const segment = all.find(({ id }) => id === idOf(long))
    expect(segment).toMatchObject({ name: 'orders', parent_id: '00f067aa0ba902b7' })
    expect(segment).not.toHaveProperty('type')
    expect(delivery.report().dropped).toBe(0)
  })

  test('a datagram that cannot be sent is not counted as accepted', async () => {
    const lost = new Delivery(() => {})
    const nowhere = { host: 'nowhere.invalid', port: 2000 }
    const processor = createSdkPipeline(
      { pipeline: 'sdk', daemon: { udp: nowhere, tcp: nowhere } },
      { name: 'orders', version: '1' },
      lost,
    )
    const own = new TracerProvider({ spanProcessors: [processor] })
    own.getTracer('test').startSpan('lost').end()
    await own.forceFlush()
    expect(lost.report()).toMatchObject({ accepted: 0, dropped: 1, pending: 0, recentTraceIds: [] })
  })

  test('a document that is too large is split without loss', async () => {
    const root = start('root')
    const children = Array.from({ length: 6 }, (_, i) =>
      start(`child ${i}`, root, SpanKind.INTERNAL, { blob: 'x'.repeat(20_000) }),
    )
    for (const child of children) child.end()
    root.end()
    await expect.poll(() => ids(received).size, { timeout: 2_000 }).toBe(7)
    expect(received.length).toBeGreaterThan(1)
    expect(ids(received)).toEqual(new Set([root, ...children].map(idOf)))
  })

  test('a request with more than 5,000 spans sends the first ones before it ends', async () => {
    const before = delivery.report().unconfirmed
    const root = start('root')
    for (let i = 0; i < 5_100; i++) start('child', root).end()
    root.end()
    await provider.forceFlush()
    expect(delivery.report()).toMatchObject({ dropped: 0, refused: 0, pending: 0 })
    // Each of the first 5,000 is a document; a hundred are in the segment.
    expect(delivery.report().unconfirmed - before).toBe(5_001)
    const segment = received.find(({ id }) => id === idOf(root))
    expect(segment?.subsegments).toHaveLength(100)
  })

  test.each<[string, (begin: Start) => void]>([
    ['3,000 levels deep', deep],
    ['of 3,000 spans below one', wide(3_000)],
    ['of spans with large attributes', wide(IS_LONG ? 5_000 : 200, { blob: 'é"\n'.repeat(7_000) })],
    ...(IS_LONG ? [['of 10,000 spans', wide(10_000)] satisfies [string, unknown]] : []),
  ])('a trace %s leaves the event loop free', async (_, make) => {
    const calls = record(make)
    const processor = createSdkPipeline(
      { pipeline: 'sdk', daemon: `127.0.0.1:${daemon.address().port}` },
      { name: 'orders', version: '1' },
      delivery,
    )
    // CPU time, because other processes may have the machine.
    const cpuMs = () => process.threadCpuUsage().user / 1_000
    let longest = 0
    let last = cpuMs()
    const endTurn = () => {
      longest = Math.max(longest, cpuMs() - last)
      last = cpuMs()
    }
    for (const call of calls) call(processor)
    endTurn()
    let isFlushed = false
    const flushed = processor.forceFlush().then(() => {
      isFlushed = true
    })
    while (!isFlushed) {
      await nextTurn()
      endTurn()
    }
    await flushed
    expect(longest).toBeLessThan(50)
    expect(delivery.report()).toMatchObject({ dropped: 0, pending: 0 })
  })

  test('names and annotation keys are cut to X-Ray’s limits', async () => {
    const root = start('root')
    start(`DROP <table> "x"; — ✓ ${'y'.repeat(300)}`, root, SpanKind.INTERNAL, {
      'app.order-id': 7,
      'app.flags': ['a'],
    }).end()
    root.end()
    const [segment] = await documents(1)
    const [child] = segment?.subsegments ?? []
    expect(child?.name.length).toBeLessThanOrEqual(200)
    expect(child?.name).toMatch(/^DROP _table_ _x__ _ _ y+$/)
    expect(child?.annotations).toEqual({ app_order_id: 7 })
    expect(child?.metadata?.otel).toMatchObject({ 'app.flags': ['a'] })
  })

  test('every document that was sent is counted', async () => {
    const before = delivery.report().unconfirmed
    const roots = ['one', 'two', 'three'].map((name) => start(name))
    for (const root of roots) root.end()
    await provider.forceFlush()
    const traceIds = roots.map((root) => root.spanContext().traceId)
    expect(delivery.report()).toMatchObject({
      accepted: 0,
      unconfirmed: before + 3,
      pending: 0,
      recentTraceIds: expect.arrayContaining(traceIds),
    })
  })
})

type Start = (parent?: Span, attributes?: Attributes) => Span

function deep(begin: Start): void {
  const spans = [begin()]
  while (spans.length < 3_000) spans.push(begin(spans.at(-1)))
  for (const span of spans.toReversed()) span.end()
}

function wide(count: number, attributes?: Attributes) {
  return (begin: Start): void => {
    const root = begin()
    for (let i = 1; i < count; i++) begin(root, attributes).end()
    root.end()
  }
}

/** The calls of a span processor that these spans make, so that only the processor's work is measured. */
function record(make: (begin: Start) => void): ((processor: SpanProcessor) => void)[] {
  const calls: ((processor: SpanProcessor) => void)[] = []
  const recorder: SpanProcessor = {
    onStart: (span, parent) => calls.push((processor) => processor.onStart(span, parent)),
    onEnd: (span) => calls.push((processor) => processor.onEnd(span)),
    forceFlush: async () => {},
    shutdown: async () => {},
  }
  const recording = new TracerProvider({ sampler: new AlwaysOnSampler(), spanProcessors: [recorder] })
  make((parent, attributes = {}) =>
    recording
      .getTracer('test')
      .startSpan('x', { attributes }, parent ? trace.setSpan(ROOT_CONTEXT, parent) : ROOT_CONTEXT),
  )
  return calls
}

function ids(all: readonly StoredSegment[]): Set<string> {
  return new Set(all.flatMap((document) => [document.id, ...ids(document.subsegments ?? [])]))
}

describe('the daemon’s address', () => {
  const create = (daemon: string) =>
    createSdkPipeline({ pipeline: 'sdk', daemon }, { name: 'orders', version: '1' }, new Delivery(() => {}))

  test('that is wrong is an error at the start', () => {
    expect(() => create('nonsense')).toThrow('nonsense is no address of an X-Ray daemon')
  })

  test.each(['127.0.0.1:2000', 'udp:127.0.0.1:2000 tcp:127.0.0.1:2001', '[::1]:2000'])(
    'may be the text %j',
    (daemon) => {
      expect(() => create(daemon)).not.toThrow()
    },
  )

  test('in the environment is not read, and not changed', async () => {
    const url = new URL('./document.ts', import.meta.url).href
    const script = `
      const { AWSXRay } = await import(${JSON.stringify(url)})
      console.log(process.env.AWS_XRAY_DAEMON_ADDRESS, process.env.AWS_XRAY_CONTEXT_MISSING, typeof AWSXRay.Segment)`
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', script],
      {
        env: { AWS_XRAY_DAEMON_ADDRESS: 'nonsense', AWS_XRAY_CONTEXT_MISSING: 'NONSENSE' },
      },
    )
    expect(stdout.trim()).toBe('nonsense NONSENSE function')
  })
})

describe('every sampled span becomes a document once', () => {
  /** What the emitter is given: the ids of spans, and their trace's annotations. */
  function pipeline() {
    const added: { readonly ids: string[]; readonly annotations: object }[] = []
    const add = vi
      .spyOn(SegmentEmitter.prototype, 'add')
      .mockImplementation((_traceId, spans, annotations) => {
        added.push({ ids: spans.map((span) => span.spanContext().spanId), annotations })
      })
    onTestFinished(() => {
      add.mockRestore()
      vi.useRealTimers()
    })
    const processor = createSdkPipeline(
      { pipeline: 'sdk', daemon: '127.0.0.1:2000' },
      { name: 'orders', version: '1' },
      new Delivery(() => {}),
    )
    const spans = new Map<string, never>()
    const begin = (spanId: string, parentId?: string, traceFlags = 1) => {
      const span = {
        spanContext: () => ({ traceId: '6b0359b306368b5bae022778cb47cac6', spanId, traceFlags }),
        parentSpanContext: parentId === undefined ? undefined : { spanId: parentId },
      }
      spans.set(spanId, span as never)
      processor.onStart(span as never, ROOT_CONTEXT)
    }
    const end = (...ids: string[]) => {
      for (const id of ids) processor.onEnd(spans.get(id) as never)
    }
    return { added, begin, end, ids: () => added.map(({ ids }) => ids.join(' ')) }
  }

  test('with its root; later ones alone, of which those that began before the root ended share its annotations', () => {
    const { added, begin, end, ids } = pipeline()
    begin('root')
    begin('early', 'root')
    begin('late', 'root')
    end('early', 'root', 'late')
    // Their parents have been sent.
    begin('after root', 'root')
    begin('below', 'after root')
    begin('after late', 'late')
    end('below', 'after root', 'after late')
    expect(ids()).toEqual(['early root', 'late', 'below', 'after root', 'after late'])
    const [root, late, ...others] = added.map(({ annotations }) => annotations)
    expect(late).toBe(root)
    expect(new Set([root, ...others]).size).toBe(4)
  })

  test('with the annotations of its trace, also when 5,000 spans are sent before the root', () => {
    const { added, begin, end } = pipeline()
    begin('root')
    for (let i = 0; i < 5_000; i++) {
      begin(`${i}`, 'root')
      end(`${i}`)
    }
    expect(added.map(({ ids }) => ids.length)).toEqual([5_000])
    end('root')
    expect(added.map(({ ids }) => ids.length)).toEqual([5_000, 1])
    expect(added[1]?.annotations).toBe(added[0]?.annotations)
  })

  test('but none that is not sampled; those below it do not wait for it', () => {
    const { begin, end, ids } = pipeline()
    begin('root', undefined, 0)
    begin('child', 'root')
    end('child', 'root')
    expect(ids()).toEqual(['child'])
  })

  test('when its request has taken more than ten minutes: those that have ended then, the others as they end', () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] })
    const { added, begin, end, ids } = pipeline()
    begin('root')
    begin('early', 'root')
    begin('late', 'root')
    end('early')
    vi.advanceTimersByTime(10 * 60_000)
    vi.setSystemTime(Date.now() + 24 * 60 * 60_000)
    begin('another')
    expect(ids()).toEqual([])
    vi.advanceTimersByTime(1)
    begin('a third')
    expect(ids()).toEqual(['early'])
    end('late', 'root')
    expect(ids()).toEqual(['early', 'late', 'root'])
    expect(new Set(added.map(({ annotations }) => annotations)).size).toBe(3)
  })

  test('when there are more than 10,000 requests: only the oldest is given up', () => {
    const { begin, end, ids } = pipeline()
    for (let i = 1; i <= 10_000; i++) {
      begin(`root ${i}`)
      begin(`child ${i}`, `root ${i}`)
      end(`child ${i}`)
    }
    expect(ids()).toEqual([])
    begin('one more')
    expect(ids()).toEqual(['child 1'])
    end('root 1', 'root 2')
    expect(ids()).toEqual(['child 1', 'root 1', 'child 2 root 2'])
  })
})
