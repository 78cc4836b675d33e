import type { IncomingHttpHeaders } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { SpanContext } from '@opentelemetry/api'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { TracerProvider } from '@opentelemetry/sdk-trace'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ProviderServer } from '../../../../tests/harness/provider-server.ts'
import { Delivery } from '../delivery.ts'
import { createOtlpPipeline } from './otlp-pipeline.ts'

/** Instead of a status: the server closes the connection without an answer. */
const RESET = 0

interface Reply {
  readonly status: number
  readonly headers?: Record<string, string>
  readonly body?: Uint8Array | string
}

let server: ProviderServer
let received: { headers: IncomingHttpHeaders; body: Buffer }[]
/** The next answers; after the last one every request is accepted. */
let replies: Reply[]
let answering: Promise<void>
let delivery: Delivery
let provider: TracerProvider

/** Stands in for X-Ray, so that the tests see what left the process. */
beforeEach(async () => {
  received = []
  replies = []
  answering = Promise.resolve()
  server = await ProviderServer.start(async (request, response) => {
    received.push({ headers: request.headers, body: await buffer(request) })
    await answering
    const { status, headers, body } = replies.shift() ?? { status: 200 }
    if (status === RESET) return request.socket.destroy()
    response.writeHead(status, headers).end(body)
  })
  delivery = new Delivery(() => {})
  provider = providerFor(`${server.url}/v1/traces`)
})

afterEach(async () => {
  await provider.shutdown()
  await server[Symbol.asyncDispose]()
})

function providerFor(endpoint: string, counted = delivery): TracerProvider {
  return new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'orders' }),
    spanProcessors: [
      createOtlpPipeline(
        {
          pipeline: 'otlp',
          endpoint,
          region: 'eu-west-1',
          credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' },
        },
        counted,
      ),
    ],
  })
}

async function send(count = 1, attributes = {}): Promise<void> {
  for (let i = 0; i < count; i++) provider.getTracer('t').startSpan(`work ${i}`, { attributes }).end()
  await provider.forceFlush()
}

describe('spans to X-Ray’s OTLP endpoint', () => {
  test('are signed for X-Ray and the region', async () => {
    await send(3)
    expect(received).toHaveLength(1)
    const { headers, body } = received[0] ?? {}
    expect(headers?.authorization).toMatch(
      /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/xray\/aws4_request, SignedHeaders=[a-z0-9;-]*host[a-z0-9;-]*, Signature=[0-9a-f]{64}$/,
    )
    expect(headers).toMatchObject({
      'content-type': 'application/x-protobuf',
      'x-amz-security-token': 'token',
    })
    expect(body?.includes('work 2')).toBe(true)
    expect(delivery.report()).toMatchObject({ accepted: 3, pending: 0, refused: 0 })
    expect(delivery.report().recentTraceIds).toHaveLength(3)
  })

  test('name the attributes to index in aws.xray.annotations', async () => {
    await send(1, { 'app.user.plan': 'pro', 'user.id': '7', SampleRate: 4 })
    const text = received[0]?.body.toString('latin1') ?? ''
    expect(text).toMatch(/aws\.xray\.annotations[^a-z]+app\.user\.plan[^a-z]+user\.id/)
    expect(text).not.toMatch(/aws\.xray\.annotations.*SampleRate/)
  })

  test('are sent again after a retryable answer', async () => {
    replies = [
      { status: 503, headers: { 'retry-after': '0' } },
      { status: 429, headers: { 'retry-after': '0' } },
    ]
    await send()
    expect(received).toHaveLength(3)
    expect(delivery.report()).toMatchObject({ accepted: 1, refused: 0 })
  })

  test('are sent again after a closed connection', async () => {
    replies = [{ status: RESET }]
    await send()
    expect(received).toHaveLength(2)
    expect(delivery.report()).toMatchObject({ accepted: 1, refused: 0 })
  })

  test('are counted as refused after a 403, with X-Ray’s message', async () => {
    replies = [{ status: 403, body: '{"message":"The security token included in the request is expired"}' }]
    await send(2)
    expect(received).toHaveLength(1)
    expect(delivery.report()).toMatchObject({ accepted: 0, refused: 2 })
    expect(delivery.report().lastError?.message).toMatch(/403.*token included in the request is expired/)
  })

  test('are counted as accepted and as refused after a partial success', async () => {
    // ExportTracePartialSuccess {rejected_spans: 1, error_message: "old"}
    replies = [{ status: 200, body: Uint8Array.of(0x0a, 7, 0x08, 1, 0x12, 3, ...Buffer.from('old')) }]
    await send(3)
    expect(delivery.report()).toMatchObject({ accepted: 2, refused: 1, pending: 0 })
    expect(delivery.report().lastError?.message).toContain('old')
  })

  test('above 5 MB are sent in parts', async () => {
    await send(60, { blob: 'x'.repeat(150_000) })
    expect(received.length).toBeGreaterThan(1)
    for (const { body } of received) expect(body.byteLength).toBeLessThanOrEqual(5 * 1024 * 1024)
    expect(delivery.report()).toMatchObject({ accepted: 60, pending: 0 })
  })

  test('that cannot be encoded are dropped and counted; the others of the batch are sent', async () => {
    // A link without a trace id, as a wrong instrumentation might add.
    const links = [{ context: {} as SpanContext }]
    provider.getTracer('t').startSpan('work', { links }).end()
    await send(3)
    expect(delivery.report()).toMatchObject({ accepted: 3, refused: 0, dropped: 1, pending: 0 })
    expect(delivery.report().lastError?.message).toContain('a span cannot be encoded')
  })

  test('that are on their way when the process stops are waited for', async () => {
    const { promise, resolve: answer } = Promise.withResolvers<void>()
    answering = promise
    const sent = send()
    await expect.poll(() => received.length).toBe(1)
    const stopped = provider.shutdown()
    answer()
    await Promise.all([sent, stopped])
    expect(delivery.report()).toMatchObject({ accepted: 1, refused: 0, pending: 0 })
  })

  test('wait, with a message, while nothing listens', async () => {
    const waiting = new Delivery(() => {})
    const unreachable = providerFor('http://127.0.0.1:9/v1/traces', waiting)
    unreachable.getTracer('t').startSpan('work').end()
    void unreachable.forceFlush()
    await expect.poll(() => waiting.report().failing).toBe(true)
    expect(waiting.report()).toMatchObject({ refused: 0, dropped: 0, pending: 1 })
    expect(waiting.report().lastError?.message).toMatch(
      /http:\/\/127.0.0.1:9 cannot be reached: ECONNREFUSED/,
    )
  })

  test('that are refused with a protobuf status are explained by its message', async () => {
    // google.rpc.Status {code: 3, message: "no such key"}
    const body = Uint8Array.of(0x08, 3, 0x12, 11, ...Buffer.from('no such key'))
    replies = [{ status: 400, headers: { 'content-type': 'application/x-protobuf' }, body }]
    await send()
    expect(delivery.report().lastError?.message).toMatch(
      /^X-Ray answered 400: no such key \(is Transaction Search on/,
    )
  })
})
