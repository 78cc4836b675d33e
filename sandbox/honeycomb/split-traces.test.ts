import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import protobuf from 'protobufjs'
import { describe, expect, test } from 'vitest'
import { scaled } from '../../tests/harness/scale.ts'
import { createSpanBatch } from '../../tests/harness/span-batches.ts'
import { isSpanId, storedTraceId } from './ids.ts'
import { decodeProtobuf, encodeProtobuf } from './otlp-schema.ts'
import { spansOf } from './records.ts'
import { splitJson, splitProtobuf } from './split-traces.ts'
import { readSpans } from './stored-spans.ts'

const REQUEST = 'ExportTraceServiceRequest'
const id = (bytes: number) => randomBytes(bytes)

const attribute = (value: Record<string, unknown>) => ({ key: 'k', value })
const NESTED = { kvlistValue: { values: [attribute({ arrayValue: { values: [{ intValue: '-5' }] } })] } }

/** Two resources, three scopes, a trace that is in each of them, and every kind of field. */
function request(): Buffer {
  const traceId = id(16)
  const span = (fields: Record<string, unknown> = {}) => ({
    traceId,
    spanId: id(8),
    name: 'a',
    startTimeUnixNano: '1763800000123456789',
    endTimeUnixNano: '1763800000223456789',
    ...fields,
  })
  const scopeSpans = [
    { scope: { name: 'one', version: '1' }, spans: [span(), span({ traceId: id(16) })], schemaUrl: 's' },
    {
      scope: { name: 'two', attributes: [attribute({ boolValue: true })] },
      spans: [
        span({
          parentSpanId: id(8),
          kind: 3,
          flags: 257,
          traceState: 'a=b',
          status: { code: 2, message: 'no' },
          attributes: [attribute(NESTED), attribute({ doubleValue: 0.1 }), attribute({ bytesValue: id(3) })],
          events: [{ name: 'e', timeUnixNano: '7', attributes: [attribute({ stringValue: 'ü' })] }],
          links: [{ traceId: id(16), spanId: id(8), flags: 1 }],
          droppedLinksCount: 4,
        }),
      ],
    },
  ]
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: ' api ' } }] }
  const resourceSpans = [
    { resource, scopeSpans, schemaUrl: 'r' },
    { scopeSpans: [{ spans: [span(), span({ spanId: Buffer.alloc(8) })] }] },
  ]
  return Buffer.from(encodeProtobuf(REQUEST, { resourceSpans }))
}

/** The spans as decoding all of the request finds them, to compare with. */
function decoded(body: Buffer): unknown[] {
  return spansOf(decodeProtobuf(REQUEST, body))
    .filter(({ traceId, spanId }) => storedTraceId(traceId) && isSpanId(spanId))
    .toSorted((a, b) => (a.spanId < b.spanId ? -1 : 1))
}

function split(body: Buffer): unknown[] {
  const { chunks } = splitProtobuf(body)
  return chunks.flatMap((chunk) => readSpans([chunk])).toSorted((a, b) => (a.spanId < b.spanId ? -1 : 1))
}

describe('a request split by trace', () => {
  test('contains every span with its resource and scope', () => {
    const body = request()
    expect(split(body)).toEqual(decoded(body))
    const { chunks, rejected } = splitProtobuf(body)
    expect(rejected).toBe(1)
    expect(
      chunks.map(({ service, spanIds, hasError, hasRoot, name }) => [
        service,
        spanIds.length,
        hasError,
        hasRoot,
        name,
      ]),
    ).toEqual([
      ['api', 2, true, true, 'a'],
      ['api', 1, false, true, 'a'],
      ['unknown_service', 1, false, true, 'a'],
    ])
    expect(chunks[0]?.startMs).toBeCloseTo(1763800000123.4568, 3)
    expect(chunks[0]?.endMs).toBeCloseTo(1763800000223.4568, 3)
  })

  test('works for requests as the SDK writes them', () => {
    const { body, traceIds } = createSpanBatch().next()
    expect(split(body)).toEqual(decoded(body))
    expect(splitProtobuf(body).chunks.map(({ traceId }) => traceId)).toEqual(traceIds)
  })

  test('allows the service and scope after the spans, a status in two parts, and fields in any order', () => {
    const span = protobuf.Writer.create()
    span.uint32(0x7a).bytes(encodeProtobuf('Status', { code: 2 }))
    span.uint32(0x7a).bytes(encodeProtobuf('Status', { message: 'no' }))
    span.uint32(0x12).bytes(id(8))
    span.uint32(0x0a).bytes(id(16))
    const scopeSpans = protobuf.Writer.create().uint32(0x12).bytes(span.finish())
    scopeSpans.uint32(0x0a).bytes(encodeProtobuf('InstrumentationScope', { name: 'late' }))
    const resourceSpans = protobuf.Writer.create().uint32(0x12).bytes(scopeSpans.finish())
    const attributes = [{ key: 'service.name', value: { stringValue: 'late' } }]
    resourceSpans.uint32(0x0a).bytes(encodeProtobuf('Resource', { attributes }))
    const body = Buffer.from(protobuf.Writer.create().uint32(0x0a).bytes(resourceSpans.finish()).finish())
    expect(split(body)).toEqual(decoded(body))
    expect(splitProtobuf(body).chunks).toMatchObject([{ service: 'late', hasError: true }])
  })

  test('fails for corrupted requests exactly where decoding all of them would', { timeout: 200_000 }, () => {
    const good = request()
    const outcome = (read: () => unknown) => {
      try {
        return { value: read() }
      } catch {
        return 'failed'
      }
    }
    let failed = 0
    const spoils = fc.array(fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 })), {
      maxLength: 3,
    })
    fc.assert(
      fc.property(spoils, fc.integer({ min: 0, max: 20 }), (changes, cut) => {
        const body = Buffer.from(good.subarray(0, good.length - cut))
        for (const [at, byte] of changes) if (at < body.length) body[at] = byte
        const expected = outcome(() => decoded(body))
        if (expected === 'failed') failed++
        // Times beyond what a double holds sort differently in two chunks; the set is what counts.
        expect(outcome(() => split(body))).toEqual(expected)
      }),
      { numRuns: scaled(1_000, 100_000) },
    )
    expect(failed).toBeGreaterThan(100)
  })
})

describe('large requests', () => {
  /** As JSON has them; protobuf has bytes for ids. */
  const scopesOf = (count: number, resource: object) => {
    const scopeSpans = Array.from({ length: count }, (_, index) => {
      const digits = (index + 1).toString(16)
      return { spans: [{ traceId: digits.padStart(32, '0'), spanId: digits.padStart(16, '0'), name: 'a' }] }
    })
    return { resourceSpans: [{ resource, scopeSpans }] }
  }
  const asBytes = ({ resourceSpans: [one] }: ReturnType<typeof scopesOf>) => ({
    resourceSpans: [
      {
        ...one,
        scopeSpans: one?.scopeSpans.map(({ spans }) => ({
          spans: spans.map((span) => ({
            ...span,
            traceId: Buffer.from(span.traceId, 'hex'),
            spanId: Buffer.from(span.spanId, 'hex'),
          })),
        })),
      },
    ],
  })

  test('with a trace in each of 20,000 scopes are split in time that grows with their number', () => {
    const request = scopesOf(20_000, {})
    const body = Buffer.from(encodeProtobuf(REQUEST, asBytes(request)))
    const before = process.cpuUsage()
    expect(splitProtobuf(body).chunks).toHaveLength(20_000)
    expect(splitJson(request).chunks).toHaveLength(20_000)
    const { user, system } = process.cpuUsage(before)
    // 0.4 s on an idle machine; 10 s and more where each trace goes over every scope.
    expect((user + system) / 1e6).toBeLessThan(2)
  })

  test('whose resource is stored with too many traces are a 413', () => {
    const attributes = [{ key: 'k', value: { stringValue: 'x'.repeat(100_000) } }]
    const request = scopesOf(700, { attributes })
    const tooLarge = expect.objectContaining({
      status: 413,
      message: expect.stringContaining('smaller resources'),
    })
    expect(() => splitJson(request)).toThrow(tooLarge)
    const body = Buffer.from(encodeProtobuf(REQUEST, asBytes(request)))
    expect(() => splitProtobuf(body)).toThrow(tooLarge)
  })
})
