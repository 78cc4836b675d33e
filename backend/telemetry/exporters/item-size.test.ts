import { SpanKind } from '@opentelemetry/api'
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { expect, test } from 'vitest'
import { sizeOfRecord, sizeOfSpan } from './item-size.ts'

const TEXT = 'x'.repeat(1_000)

async function spanWith(attributes: object, event?: object) {
  const exporter = new InMemorySpanExporter()
  const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
  const context = { traceId: '1'.repeat(32), spanId: '1'.repeat(16), traceFlags: 1 }
  const links = event ? [{ context, attributes: { ...event } }] : []
  const span = provider
    .getTracer('t')
    .startSpan('name', { kind: SpanKind.SERVER, attributes: { ...attributes }, links })
  if (event) span.addEvent('event', { ...event })
  span.end()
  await provider.forceFlush()
  const [ended] = exporter.getFinishedSpans()
  if (!ended) throw new Error('no span has ended')
  return ended
}

test.each([
  ['nothing', {}, undefined, 0],
  ['a text', { a: TEXT }, undefined, 1_000],
  ['texts in a list', { a: [TEXT, TEXT] }, undefined, 2_000],
  ['empty texts in a list', { a: Array(1_000).fill('') }, undefined, 8_000],
  ['numbers in a list', { a: Array(1_000).fill(1) }, undefined, 8_000],
  ['a long key', { [TEXT]: 1 }, undefined, 1_000],
  ['an event and a link', {}, { a: TEXT }, 2_000],
])('a span with %s', async (_what, attributes, event, size) => {
  const actual = sizeOfSpan(await spanWith(attributes, event))
  expect(actual).toBeGreaterThanOrEqual(size)
  expect(actual).toBeLessThan(size + 100)
})

test('a log record has the size of its text and its attributes', () => {
  const size = sizeOfRecord({
    body: TEXT,
    attributes: { bytes: new Uint8Array(500), list: [[TEXT]] },
  } as never)
  expect(size).toBeGreaterThanOrEqual(2_500)
  expect(size).toBeLessThan(2_700)
})
