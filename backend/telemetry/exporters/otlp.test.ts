import type { RequestListener } from 'node:http'
import { text } from 'node:stream/consumers'
import { ProtobufLogsSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { afterEach, expect, test, vi } from 'vitest'
import { always, ProviderServer } from '../../../tests/harness/provider-server.ts'
import { Batches } from './batches.ts'
import { Delivery } from './delivery.ts'
import { createOtlpQueue, createSpanSender, type OtlpTarget } from './otlp.ts'

const HTML = { 'content-type': 'text/html' }
const PROTOBUF = { 'content-type': 'application/x-protobuf' }
const JSON_TYPE = { 'content-type': 'application/json' }
/** ExportTracePartialSuccess {rejected_spans: 1, error_message: "old"} */
const PARTIAL = Buffer.of(0x0a, 7, 0x08, 1, 0x12, 3, ...Buffer.from('old')).toString('latin1')

let server: ProviderServer | undefined
afterEach(async () => {
  vi.useRealTimers()
  await server?.[Symbol.asyncDispose]()
  server = undefined
})

/** Sends a body of three items to a provider that always gives this answer. */
async function sendTo(
  status: number,
  body: unknown,
  headers = {},
  serializer: never = ProtobufTraceSerializer as never,
) {
  server = await ProviderServer.start(always(status, body, headers))
  const delivery = new Delivery(() => {})
  const target = {
    provider: 'Honeycomb',
    url: new URL(`${server.url}/v1/traces`),
    headersOf: async () => ({}),
    fixOf: (code: number) => (code === 401 ? 'set the key' : undefined),
  }
  const queue = createOtlpQueue(serializer, target, { maxBytes: 1e6, maxItems: 1e6 }, delivery)
  delivery.started(3)
  queue.add({ body: Buffer.from('x'), batch: { count: 3, traceIds: [] } })
  await expect.poll(() => delivery.report().pending === 0 || delivery.report().failing).toBe(true)
  return delivery.report()
}

test.each([
  ['an empty body', '', PROTOBUF],
  ['an empty body without a type that OTLP knows', '', { 'content-type': '' }],
  ['an empty body that is called JSON', '', JSON_TYPE],
  ['an empty response in JSON', '{}', JSON_TYPE],
  ['a partial success that rejects nothing', '{"partialSuccess":{}}', JSON_TYPE],
  ['no partial success', '{"partialSuccess":null}', JSON_TYPE],
])('a 200 with %s accepts all', async (_what, body, headers) => {
  expect(await sendTo(200, body, headers)).toMatchObject({ accepted: 3, failing: false })
})

test.each([
  ['in protobuf', PARTIAL, PROTOBUF, ProtobufTraceSerializer],
  ['of log records', PARTIAL, PROTOBUF, ProtobufLogsSerializer],
  [
    'in JSON',
    { partialSuccess: { rejectedSpans: '1', errorMessage: 'old' } },
    JSON_TYPE,
    ProtobufTraceSerializer,
  ],
])('a partial success %s rejects as many as it says', async (_what, body, headers, serializer) => {
  const report = await sendTo(200, body, headers, serializer as never)
  expect(report).toMatchObject({ accepted: 2, refused: 1, failing: true })
  expect(report.lastError?.message).toBe('Honeycomb did not accept 1: old')
})

test.each([
  ['a login page', '<html>Welcome to the hotel</html>', HTML],
  ['an empty page', '', HTML],
  ['a page that is called protobuf', '<html>Welcome to the hotel</html>', PROTOBUF],
  ['null', 'null', JSON_TYPE],
  ['a list', '[]', JSON_TYPE],
  ['a number', '7', JSON_TYPE],
  ['a text', '"Welcome"', JSON_TYPE],
  ['broken JSON', '{', JSON_TYPE],
  ['a count that is none', { partialSuccess: { rejectedSpans: 'some' } }, JSON_TYPE],
  ['a negative count', { partialSuccess: { rejectedSpans: -1 } }, JSON_TYPE],
  ['half a span', { partialSuccess: { rejectedSpans: 0.5 } }, JSON_TYPE],
  ['more than a response can be', '{}'.padEnd(100_000), JSON_TYPE],
])('a 200 with %s accepts nothing', async (_what, body, headers) => {
  const report = await sendTo(200, body, headers)
  expect(report).toMatchObject({ accepted: 0, refused: 3, failing: true })
  expect(report.lastError?.message).toMatch(/^a 2xx that is not Honeycomb’s: .*\(is a proxy or a login page/)
})

test.each([400, 401, 403, 404, 413, 415, 500, 501, 302])('a %d refuses all, at once', async (status) => {
  const report = await sendTo(status, 'no\u0000  \n good')
  expect(report).toMatchObject({ refused: 3, pending: 0, failing: true })
  const fix = status === 401 ? ' (set the key)' : ''
  expect(report.lastError?.message).toBe(`Honeycomb answered ${status}: no good${fix}`)
})

test.each([429, 502, 503, 504])('a %d keeps all for the next attempt', async (status) => {
  expect(await sendTo(status, 'later')).toMatchObject({
    refused: 0,
    dropped: 0,
    pending: 3,
    lastError: { message: `Honeycomb answered ${status}: later` },
  })
})

test('the beginning of a long answer is quoted', async () => {
  const report = await sendTo(500, 'x'.repeat(10_000))
  expect(report.lastError?.message).toBe(`Honeycomb answered 500: ${'x'.repeat(199)}…`)
})

/** A queue to a provider that handles requests itself. */
async function queueTo(listener: RequestListener, options: Partial<OtlpTarget> = {}) {
  server = await ProviderServer.start(listener)
  const delivery = new Delivery(() => {})
  const url = new URL(`${server.url}/v1/traces`)
  const target = {
    provider: 'Honeycomb',
    url,
    headersOf: async () => ({}),
    fixOf: () => undefined,
    ...options,
  }
  const queue = createOtlpQueue(
    ProtobufTraceSerializer as never,
    target,
    { maxBytes: 1e6, maxItems: 1e6 },
    delivery,
  )
  const add = (text: string) => {
    delivery.started()
    queue.add({ body: Buffer.from(text), batch: { count: 1, traceIds: [] } })
  }
  return { queue, delivery, add }
}

test('after an answer that is cut all are unconfirmed, and not sent again', async () => {
  const { delivery, add } = await queueTo((request, response) => {
    request.resume()
    response.writeHead(200, { 'content-length': 9 })
    response.write('x', () => setTimeout(() => response.destroy(), 20))
  })
  add('a')
  await expect.poll(() => delivery.report().pending).toBe(0)
  expect(delivery.report()).toMatchObject({ accepted: 0, refused: 0, unconfirmed: 1, failing: true })
  expect(delivery.report().lastError?.message).toMatch(/^Honeycomb’s answer was cut off: /)
  expect(server?.requests).toHaveLength(1)
})

test.each([
  [400, ['a', 'bc', 'b', 'c']],
  [413, ['a', 'bc', 'b', 'c']],
  [401, ['a', 'bc']],
  [500, ['a', 'bc']],
])('a %d to a joined request is followed by %j', async (status, expected) => {
  const bodies: string[] = []
  const { queue, add } = await queueTo(async (request, response) => {
    bodies.push(await text(request))
    response.writeHead(status).end('no')
  })
  for (const one of ['a', 'b', 'c']) add(one)
  await queue.flush()
  expect(bodies).toEqual(expected)
})

test('a request is protobuf and has the target’s headers', async () => {
  const seen: unknown[] = []
  const { queue, add } = await queueTo(
    (request, response) => {
      seen.push(request.headers)
      response.end()
    },
    { headersOf: async () => ({ 'x-honeycomb-team': 'key' }) },
  )
  add('a')
  await queue.flush()
  expect(seen).toMatchObject([{ 'content-type': 'application/x-protobuf', 'x-honeycomb-team': 'key' }])
})

test('without headers nothing is sent, and all are refused', async () => {
  const { queue, delivery, add } = await queueTo(always(200, ''), {
    headersOf: () => Promise.reject(new Error('no credentials')),
  })
  add('a')
  await queue.flush()
  expect(delivery.report()).toMatchObject({
    refused: 1,
    dropped: 0,
    lastError: { message: 'no credentials' },
  })
  expect(server?.requests).toEqual([])
})

test.each([
  ['with its code', [0x08, 16, 0x12, 45], 45],
  ['without a code', [0x12, 45], 45],
  ['of more than 127 bytes', [0x08, 16, 0x12, 0xc8, 0x01], 200],
])('the message of a protobuf status is read, %s', async (_what, head, length) => {
  const message = 'k'.repeat(length)
  // The bytes of another field follow.
  const body = Buffer.from([...head, ...Buffer.from(message), 0x1a, 1, 0x41])
  const { delivery, add } = await queueTo((_request, response) => response.writeHead(403, PROTOBUF).end(body))
  add('a')
  await expect.poll(() => delivery.report().pending).toBe(0)
  expect(delivery.report().lastError?.message).toBe(`Honeycomb answered 403: ${message}`)
})

test('where nothing listens all wait, and the message says so', async () => {
  const { delivery, add } = await queueTo(always(200, ''), { url: new URL('http://127.0.0.1:1/v1/traces') })
  add('a')
  await expect.poll(() => delivery.report().failing).toBe(true)
  expect(delivery.report()).toMatchObject({
    pending: 1,
    lastError: {
      message: 'http://127.0.0.1:1 cannot be reached: ECONNREFUSED: nothing listens there. Is it started?',
    },
  })
})

test('only sampled spans are counted and sent, those that wait when the process stops too', async () => {
  const delivery = new Delivery(() => {})
  const url = new URL('http://127.0.0.1:1/v1/traces')
  const target = { provider: 'Honeycomb', url, headersOf: async () => ({}), fixOf: () => undefined }
  const sender = createSpanSender(target, { maxBytes: 1e6, maxItems: 1e6 }, delivery)
  const span = { name: '', attributes: {}, events: [], links: [] }
  for (const traceFlags of [0, 1, 0]) sender.onEnd({ ...span, spanContext: () => ({ traceFlags }) } as never)
  expect(delivery.report()).toMatchObject({ pending: 1 })
  await sender.shutdown()
  // These are no spans that can be encoded.
  expect(delivery.report()).toMatchObject({ pending: 0, dropped: 1 })
})

/** Batches of numbers whose encodings are kept; the encoding of a negative one throws. */
function batchesOfNumbers() {
  const encoded: number[][] = []
  const delivery = new Delivery(() => {})
  const queue = {
    add: ({ batch }: { batch: { count: number; traceIds: Iterable<string> } }) => delivery.settle(batch),
    flush: () => delivery.idle(),
  }
  const batches = new Batches<number>({
    what: 'number',
    encode: (numbers) => {
      if (numbers.some((number) => number < 0)) throw new Error('it is negative')
      encoded.push(numbers)
      return new Uint8Array(numbers.reduce((sum, number) => sum + number, 0))
    },
    sizeOf: (number) => Math.max(0, number),
    traceIdOf: (number) => (number === 0 ? undefined : `${number}`),
    queue: queue as never,
    delivery,
  })
  return { batches, encoded, delivery }
}

test('items are encoded half a second later, or 512 at once', async () => {
  const { batches, encoded, delivery } = batchesOfNumbers()
  const startedAt = performance.now()
  batches.add(0)
  batches.add(7)
  expect(delivery.report()).toMatchObject({ pending: 2 })
  await expect.poll(() => encoded.length, { interval: 10 }).toBe(1)
  expect(performance.now() - startedAt).toBeGreaterThan(450)
  expect(delivery.report()).toMatchObject({ accepted: 2, recentTraceIds: ['7'] })
  for (let i = 0; i < 1_024; i++) batches.add(0)
  expect(encoded).toHaveLength(1)
  await new Promise((resolve) => setImmediate(resolve))
  expect(encoded).toHaveLength(2)
  await expect.poll(() => encoded.map(({ length }) => length), { interval: 5 }).toEqual([2, 512, 512])
})

test('what is left after a full batch is encoded half a second later too', async () => {
  const { batches, encoded } = batchesOfNumbers()
  for (let i = 0; i < 600; i++) batches.add(0)
  await expect.poll(() => encoded.map(({ length }) => length), { interval: 10 }).toEqual([512, 88])
})

test('512 items are encoded in the next turn, of more 512 in each, and the rest half a second later', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const { batches, encoded, delivery } = batchesOfNumbers()
  const turn = () => new Promise((resolve) => setImmediate(resolve))
  for (let i = 0; i < 512; i++) batches.add(0)
  expect(encoded).toEqual([])
  await turn()
  expect(encoded).toHaveLength(1)
  for (let i = 0; i < 2_000; i++) batches.add(0)
  for (let i = 0; i < 5; i++) await turn()
  expect(encoded.map(({ length }) => length)).toEqual([512, 512, 512, 512])
  vi.advanceTimersByTime(500)
  expect(encoded.at(-1)).toHaveLength(464)
  expect(delivery.report()).toMatchObject({ accepted: 2_512, pending: 0 })
})

test('after a flush no empty batch is sent, and the next item waits its own half second', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const { batches, encoded, delivery } = batchesOfNumbers()
  const lengths = () => encoded.map(({ length }) => length)
  batches.add(0)
  vi.advanceTimersByTime(400)
  await batches.flush()
  batches.add(0)
  vi.advanceTimersByTime(499)
  expect(lengths()).toEqual([1])
  vi.advanceTimersByTime(1)
  expect(lengths()).toEqual([1, 1])
  for (let i = 0; i < 512; i++) batches.add(0)
  await batches.flush()
  // The turn in which the full batch would have been encoded.
  await new Promise((resolve) => setImmediate(resolve))
  vi.advanceTimersByTime(400)
  batches.add(0)
  vi.advanceTimersByTime(499)
  expect(lengths()).toEqual([1, 1, 512])
  vi.advanceTimersByTime(1)
  expect(lengths()).toEqual([1, 1, 512, 1])
  expect(delivery.report()).toMatchObject({ accepted: 515, pending: 0 })
})

test('8,192 items wait for the next turn of the event loop', () => {
  const { batches, encoded } = batchesOfNumbers()
  for (let i = 0; i < 8_192; i++) batches.add(0)
  expect(encoded).toEqual([])
  batches.add(0)
  expect(encoded.map(({ length }) => length)).toEqual([512])
})

test('more than 8,192 items do not wait for the next turn of the event loop', () => {
  const { batches, encoded, delivery } = batchesOfNumbers()
  for (let i = 0; i < 20_000; i++) batches.add(0)
  expect(delivery.report().pending).toBeLessThanOrEqual(8_192)
  expect(encoded.length).toBeGreaterThan(20)
})

test('an item that cannot be encoded costs no other', async () => {
  const { batches, encoded, delivery } = batchesOfNumbers()
  for (const number of [1, 2, -3, 4, 5]) batches.add(number)
  await batches.flush()
  expect(encoded.flat().sort()).toEqual([1, 2, 4, 5])
  expect(delivery.report()).toMatchObject({
    accepted: 4,
    dropped: 1,
    pending: 0,
    lastError: { message: 'a number cannot be encoded: it is negative' },
  })
})

test('a batch has at most half a million characters, and one turn of the event loop encodes one batch', async () => {
  const { batches, encoded } = batchesOfNumbers()
  for (const size of [200_000, 200_000, 200_000, 1_500_000, 100]) batches.add(size)
  expect(encoded).toHaveLength(0)
  await new Promise((resolve) => setImmediate(resolve))
  expect(encoded).toHaveLength(1)
  await expect.poll(() => encoded.map(({ length }) => length), { interval: 5 }).toEqual([2, 1, 1, 1])
})

test('an item of more than two million characters is dropped and counted, and costs no other', async () => {
  const { batches, encoded, delivery } = batchesOfNumbers()
  for (const size of [1, 2_000_001, 2_000_000]) batches.add(size)
  await batches.flush()
  expect(encoded.flat()).toEqual([1, 2_000_000])
  expect(delivery.report()).toMatchObject({
    accepted: 2,
    dropped: 1,
    failing: false,
    lastError: { message: 'a number has more than 2000000 characters' },
  })
})

test('more than 32 Mi characters do not wait for the next turn of the event loop', () => {
  const { batches, encoded } = batchesOfNumbers()
  for (let i = 0; i < 16; i++) batches.add(2_000_000)
  expect(encoded).toEqual([])
  batches.add(2_000_000)
  expect(encoded).toEqual([[2_000_000]])
})

test('after a large item a small one waits half a second again', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const { batches, encoded } = batchesOfNumbers()
  for (const number of [600_000, 1]) {
    batches.add(number)
    await new Promise((resolve) => setImmediate(resolve))
    expect(encoded).toEqual([[600_000]])
  }
  vi.advanceTimersByTime(500)
  expect(encoded).toEqual([[600_000], [1]])
})

test('a batch of 500,000 characters is sent whole', async () => {
  const { batches, encoded } = batchesOfNumbers()
  for (const number of [250_000, 250_000, 1]) batches.add(number)
  await batches.flush()
  expect(encoded).toEqual([[250_000, 250_000], [1]])
})
