import { type Attributes, ROOT_CONTEXT, type Span, SpanKind, trace } from '@opentelemetry/api'
import { AlwaysOnSampler, type ReadableSpan, TracerProvider } from '@opentelemetry/sdk-trace'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { StoredSegment } from '../../../../tests/harness/stored-trace.ts'
import { MAX_ANNOTATIONS } from './document-fields.ts'
import { MAX_DOCUMENT_BYTES } from './document-limits.ts'
import { createDocuments, type RecordOptions } from './document-tree.ts'

const provider = new TracerProvider({ sampler: new AlwaysOnSampler() })
const tracer = provider.getTracer('test')

const OPTIONS: RecordOptions = {
  nameOf: () => 'orders',
  isTraced: (call) => call['server.address'] === 'stock.internal',
}

function start(name: string, parent?: Span, attributes: Attributes = {}, kind = SpanKind.INTERNAL): Span {
  return tracer.startSpan(
    name,
    { attributes, kind },
    parent ? trace.setSpan(ROOT_CONTEXT, parent) : ROOT_CONTEXT,
  )
}

/** The texts of the documents that are made of these spans, which end here. */
function textsOf(...spans: readonly Span[]): string[] {
  for (const span of spans) span.end()
  const texts: string[] = []
  const steps = createDocuments(
    spans as unknown as readonly ReadableSpan[],
    { left: MAX_ANNOTATIONS },
    OPTIONS,
    (text) => texts.push(text),
  )
  expect([...steps]).toHaveLength(spans.length)
  for (const text of texts) {
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(MAX_DOCUMENT_BYTES)
    // JSON has an escape only for half of a surrogate pair.
    expect(text).not.toMatch(/\\ud[89a-f]/)
  }
  return texts
}

function documentsOf(...spans: readonly Span[]): StoredSegment[] {
  return textsOf(...spans).map((text) => JSON.parse(text))
}

function theOnly<T>([first, ...others]: readonly T[]): T {
  expect(others).toEqual([])
  return first as T
}

/** A chain of spans, each the parent of the next. */
function chain(length: number): Span[] {
  const spans = [start('root')]
  while (spans.length < length) spans.push(start(`level ${spans.length}`, spans.at(-1)))
  return spans
}

/** Each segment and subsegment with its parent's id, and how deep it is in its document. */
function partsOf(documents: readonly StoredSegment[]) {
  const parts = documents.map((segment) => ({ segment, parentId: segment.parent_id, depth: 0 }))
  for (const { segment, depth } of parts) {
    for (const child of segment.subsegments ?? []) {
      parts.push({ segment: child, parentId: segment.id, depth: depth + 1 })
    }
  }
  return parts
}

const otel = (segment: StoredSegment | undefined) => segment?.metadata?.otel ?? {}
const annotationsOf = (segment: StoredSegment | undefined) =>
  (segment?.annotations ?? {}) as Record<string, unknown>

describe('a trace of any shape', () => {
  const attributes = fc.dictionary(
    fc.oneof(
      fc.string({ unit: 'grapheme', maxLength: 600 }),
      fc.constantFrom(
        'app.order',
        'rollbar.uuid',
        'http.route',
        'url.full',
        'http.request.method',
        'db.query.text',
      ),
      fc.nat(200).map((i) => `app.number-${i}`),
    ),
    fc.oneof(
      { weight: 5, arbitrary: fc.string({ unit: 'grapheme' }) },
      fc
        .tuple(fc.constantFrom('x', '"', '\u0000', '字', '😀', '\n at f (a:1:2)'), fc.nat(70_000))
        .map(([text, length]) => text.repeat(length)),
      fc.double(),
      fc.boolean(),
      fc.array(fc.string({ unit: 'grapheme' }), { maxLength: 500 }),
      fc.jsonValue(),
    ) as fc.Arbitrary<Attributes[string]>,
    { maxKeys: 130 },
  )
  const span = fc.record({
    parent: fc.nat(),
    name: fc.string({ unit: 'grapheme', maxLength: 500 }),
    attributes,
    exceptions: fc.nat(15),
  })

  test('becomes documents of at most 63 KB that hold each span once, below its parent', () => {
    fc.assert(
      fc.property(fc.array(span, { minLength: 1, maxLength: 40 }), fc.boolean(), (plans, isDeep) => {
        const spans: Span[] = []
        for (const plan of plans) {
          const parent = isDeep ? spans.at(-1) : spans[plan.parent % spans.length]
          const one = start(plan.name, parent, plan.attributes)
          for (let i = 0; i < plan.exceptions; i++) one.recordException(new Error('字'.repeat(i * 500)))
          spans.push(one)
        }
        const documents = documentsOf(...spans)
        const parts = partsOf(documents)
        const parents = Object.fromEntries(parts.map(({ segment, parentId }) => [segment.id, parentId]))
        expect(parts).toHaveLength(spans.length)
        for (const one of spans as unknown as ReadableSpan[]) {
          expect(parents[one.spanContext().spanId]).toBe(one.parentSpanContext?.spanId)
        }
        const annotations = parts.flatMap(({ segment }) => Object.values(annotationsOf(segment)))
        expect(annotations.length).toBeLessThanOrEqual(MAX_ANNOTATIONS)
        for (const value of annotations) expect(String(value).length).toBeLessThanOrEqual(1_000)
        for (const { segment } of parts) {
          expect(segment.name.length).toBeLessThanOrEqual(200)
          expect(segment.name.isWellFormed()).toBe(true)
          expect(segment.cause?.exceptions.length ?? 0).toBeLessThanOrEqual(10)
        }
      }),
      { numRuns: 60 },
    )
  })

  test('a chain of 3,000 spans', () => {
    const parts = partsOf(documentsOf(...chain(3_000)))
    expect(new Set(parts.map(({ segment }) => segment.id)).size).toBe(3_000)
    expect(Math.max(...parts.map(({ depth }) => depth))).toBe(49)
  })

  test('5,000 spans below one', () => {
    const root = start('root')
    const parts = partsOf(documentsOf(root, ...Array.from({ length: 5_000 }, () => start('child', root))))
    expect(new Set(parts.map(({ segment }) => segment.id)).size).toBe(5_001)
    expect(parts.filter(({ parentId }) => parentId === root.spanContext().spanId)).toHaveLength(5_000)
  })

  test('documents nest 50 levels, and the segment’s are the first', () => {
    const spans = chain(120)
    const documents = documentsOf(...spans)
    expect(documents).toHaveLength(3)
    const segment = documents.find(({ type }) => type !== 'subsegment')
    expect(partsOf(segment ? [segment] : []).map(({ segment: { name } }) => name)).toEqual([
      'orders',
      ...Array.from({ length: 49 }, (_, i) => `level ${i + 1}`),
    ])
    const below = documents.find(({ name }) => name === 'level 50')
    expect(below).toMatchObject({
      type: 'subsegment',
      parent_id: spans[49]?.spanContext().spanId,
      trace_id: segment?.trace_id,
    })
  })

  test('if a document is too large its largest subsegments are sent separately, and the others stay in their order', () => {
    const root = start('root')
    const sizes = [10, 30_000, 20, 40_000, 30, 20_000]
    const children = sizes.map((size, i) => start(`child ${i}`, root, { blob: 'x'.repeat(size) }))
    const documents = documentsOf(root, ...children)
    expect(documents.map(({ name }) => name)).toEqual(['child 3', 'orders'])
    expect(documents[1]?.subsegments?.map(({ name }) => name)).toEqual(
      [0, 1, 2, 4, 5].map((i) => `child ${i}`),
    )
  })

  test('a span whose parent has not ended is sent separately, with the spans below it', () => {
    const root = start('root')
    const open = start('open', root)
    const middle = start('middle', open)
    const leaf = start('leaf', middle)
    const documents = documentsOf(root, leaf, middle)
    expect(documents).toMatchObject([
      { name: 'orders' },
      { name: 'middle', parent_id: open.spanContext().spanId, subsegments: [{ name: 'leaf' }] },
    ])
  })
})

describe('a span that is too large', () => {
  const large: [string, () => Span][] = [
    ['a text of 70 KB', () => start('x', undefined, { small: 'kept', blob: 'x'.repeat(70_000) })],
    ['40,000 Chinese characters', () => start('x', undefined, { small: 'kept', blob: '字'.repeat(40_000) })],
    ['control characters', () => start('x', undefined, { small: 'kept', blob: '\u0001'.repeat(20_000) })],
    [
      'a list of 100,000 numbers',
      () => start('x', undefined, { small: 'kept', list: Array(100_000).fill(0.123456) }),
    ],
    [
      'a list of a million empty texts',
      () => start('x', undefined, { small: 'kept', list: Array(1_000_000).fill('') }),
    ],
    [
      'an address of 70 KB',
      () =>
        start('x', undefined, {
          small: 'kept',
          'http.request.method': 'GET',
          'url.full': `http://a/${'x'.repeat(70_000)}`,
        }),
    ],
    ['a name of 70 KB', () => start('x'.repeat(70_000), undefined, { small: 'kept' })],
    [
      '60 exceptions',
      () => {
        const span = start('x', undefined, { small: 'kept' })
        for (let i = 0; i < 60; i++) span.recordException(new Error(`${i} ${'字'.repeat(3_000)}`))
        return span
      },
    ],
    ['bytes', () => start('x', undefined, { small: 'kept', bytes: Buffer.alloc(100_000) as never })],
  ]

  test.each(large)('%s: the largest texts are cut, and the document says so', (_, make) => {
    const segment = theOnly(documentsOf(make()))
    expect(otel(segment).small).toBe('kept')
    expect(otel(segment).trimmed).toEqual(
      expect.arrayContaining([expect.stringMatching(/^texts are cut at \d+ characters/)]),
    )
    // No more is cut than needed.
    expect(Buffer.byteLength(JSON.stringify(segment))).toBeGreaterThan(MAX_DOCUMENT_BYTES / 5)
  })

  test('attributes and keys without end leave name, times and flags', () => {
    const wide = new TracerProvider({
      sampler: new AlwaysOnSampler(),
      spanLimits: { attributeCountLimit: 100_000 },
    })
    const attributes = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, i) => [`${i}${'字'.repeat(100)}`, '😀'.repeat(50)]),
    )
    const span = wide.getTracer('t').startSpan('x', {
      kind: SpanKind.SERVER,
      attributes: { ...attributes, 'http.request.method': 'GET', 'http.response.status_code': 500 },
    })
    const segment = theOnly(documentsOf(span))
    expect(segment).toMatchObject({ name: 'orders', fault: true, http: { response: { status: 500 } } })
    expect(otel(segment).trimmed).toEqual(['texts are cut at 0 characters, because X-Ray takes 64 KB'])
  })

  test('nested values are kept up to eight levels, and bytes are base64', () => {
    let nested: unknown = 'deep'
    for (let i = 0; i < 1_000; i++) nested = { nested }
    const segment = theOnly(
      documentsOf(start('x', undefined, { nested: nested as never, bytes: new Uint8Array([1, 2]) as never })),
    )
    expect(otel(segment).bytes).toBe('AQI=')
    expect(JSON.stringify(otel(segment).nested)).toContain('"…"')
    expect(otel(segment)).not.toHaveProperty('trimmed')
  })

  test('a list of a million empty texts takes no time', () => {
    const span = start('x', undefined, { list: Array(1_000_000).fill('') })
    const begun = process.threadCpuUsage().user
    documentsOf(span)
    expect(process.threadCpuUsage().user - begun).toBeLessThan(500_000)
  })

  test('a stack of only line breaks takes no time', () => {
    const span = start('x')
    span.addEvent('exception', { 'exception.stacktrace': '\n'.repeat(1_000_000) })
    const begun = process.threadCpuUsage().user
    documentsOf(span)
    expect(process.threadCpuUsage().user - begun).toBeLessThan(1_000_000)
  })
})

describe('annotations', () => {
  test('are 50 in a trace, the local root’s first; others are metadata', () => {
    const root = start('root', undefined, { 'app.root': 'first' })
    const many = Object.fromEntries(Array.from({ length: 120 }, (_, i) => [`app.n${i}`, i]))
    const child = start('child', root, many)
    const segment = theOnly(documentsOf(root, child))
    const below = segment.subsegments?.[0]
    expect(segment.annotations).toMatchObject({ app_root: 'first' })
    const indexed = Object.keys({ ...annotationsOf(segment), ...annotationsOf(below) })
    expect(indexed).toHaveLength(50)
    expect(otel(below)['app.n119']).toBe(119)
    const kept = Object.keys(annotationsOf(below)).length
    expect(Object.keys(otel(below)).filter((key) => key.startsWith('app.n'))).toHaveLength(120 - kept)
  })

  test('have at most 1,000 characters, and no half of a surrogate pair; the whole value is metadata', () => {
    const value = `x${'😀'.repeat(600)}`
    const segment = theOnly(documentsOf(start('x', undefined, { 'app.long': value })))
    expect(annotationsOf(segment).app_long).toBe(`x${'😀'.repeat(499)}`)
    expect(otel(segment)['app.long']).toBe(value)
  })

  test('are finite numbers only', () => {
    const segment = theOnly(documentsOf(start('x', undefined, { 'app.n': Number.NaN })))
    expect(segment.annotations).not.toHaveProperty('app_n')
  })
})

test('of many exceptions the last ten are sent, and the document says so', () => {
  const span = start('x')
  for (let i = 0; i < 25; i++) span.recordException(new Error(`number ${i}`))
  const segment = theOnly(documentsOf(span))
  expect(segment.cause?.exceptions.map(({ message }) => message)).toEqual(
    Array.from({ length: 10 }, (_, i) => `number ${i + 15}`),
  )
  expect(otel(segment).trimmed).toEqual(['15 earlier exceptions are left out'])
})

test('only a call whose callee sends segments is traced', () => {
  const root = start('root')
  const call = (host: string) =>
    start('GET', root, { 'http.request.method': 'GET', 'server.address': host }, SpanKind.CLIENT)
  const segment = theOnly(documentsOf(root, call('stock.internal'), call('api.example.com')))
  const [inside, outside] = segment.subsegments ?? []
  expect(inside?.http).toMatchObject({ request: { traced: true } })
  expect(JSON.stringify(outside)).not.toContain('traced')
})

test.each([
  ['a span', 0],
  ['a span with another below it', 30_000],
])(
  '%s that just fits is whole, and with what a separate subsegment has besides it is not too large',
  (_what, below) => {
    const root = start('root')
    const documentsFor = (length: number) => {
      const parent = start('parent', root, { blob: 'x'.repeat(length) })
      return textsOf(parent, ...(below > 0 ? [start('child', parent, { blob: 'x'.repeat(below) })] : []))
    }
    const room = MAX_DOCUMENT_BYTES - below
    const free = MAX_DOCUMENT_BYTES - Buffer.byteLength(theOnly(documentsFor(room - 2_000)))
    // That none is too large is expected in `textsOf`.
    for (let more = free - 400; more <= free + 400; more += 10) documentsFor(room - 2_000 + more)
    expect(theOnly(documentsFor(room - 2_000 + free - 200))).toContain('x'.repeat(room - 2_000 + free - 200))
  },
)

test('the parts of a large document do not wait for its last span', () => {
  const root = start('root')
  const spans = [
    root,
    ...Array.from({ length: 10 }, () => start('child', root, { blob: 'x'.repeat(30_000) })),
  ]
  for (const span of spans) span.end()
  let sent = 0
  const steps = createDocuments(
    spans as unknown as readonly ReadableSpan[],
    { left: MAX_ANNOTATIONS },
    OPTIONS,
    () => sent++,
  )
  for (let step = 0; step < 5; step++) steps.next()
  expect(sent).toBeGreaterThanOrEqual(3)
})

test('a span whose texts must be cut more than once uses no more of its trace’s annotations', () => {
  const numbers = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`app.number-${i}`, i]))
  // In JSON each character takes six bytes.
  const document = theOnly(
    documentsOf(start('root', undefined, { blob: '\u0000'.repeat(60_000), ...numbers })),
  )
  expect(Object.keys(annotationsOf(document)).filter((key) => key.startsWith('app_number'))).toHaveLength(30)
})
