import { randomBytes } from 'node:crypto'
import { connect as connectSecurely } from 'node:tls'
import { status } from '@grpc/grpc-js'
import { afterAll, describe, expect, test } from 'vitest'
import { ProvidersRead } from '../../contracts/sandbox/health.ts'
import { grpcCall, grpcClient } from '../../tests/harness/grpc-client.ts'
import { HONEYCOMB_KEY, OTLP_JSON, otlpJson, sandboxForTest } from '../../tests/harness/sandbox.ts'
import { decodeProtobuf, encodeProtobuf } from './otlp-schema.ts'

const sandbox = await sandboxForTest({ daemon: undefined, grpcPort: 0 })
afterAll(() => sandbox[Symbol.asyncDispose]())

const TRACES = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'
const LOGS = '/opentelemetry.proto.collector.logs.v1.LogsService/Export'
const METRICS = '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export'
const CLASSIC_KEY = { 'x-honeycomb-team': 'a'.repeat(32) }

const client = (options = {}) => grpcClient(sandbox.grpcPort, options)
const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'grpc' } }] }

function spansRequest(...spans: readonly object[]): Uint8Array {
  return encodeProtobuf('ExportTraceServiceRequest', {
    resourceSpans: [{ resource, scopeSpans: [{ spans }] }],
  })
}

test('a span with invalid ids is rejected in the answer, as over HTTP; the others are stored', async () => {
  const traceId = randomBytes(16)
  const good = { traceId, spanId: randomBytes(8), name: 'good' }
  const answer = await grpcCall(
    client(),
    TRACES,
    spansRequest(good, { traceId, spanId: Buffer.alloc(8) }),
    HONEYCOMB_KEY,
  )
  expect(decodeProtobuf('ExportResponse', answer)).toEqual({
    partialSuccess: { rejected: '1', errorMessage: expect.stringContaining('not all zero') },
  })
  expect((await sandbox.trace(traceId.toString('hex'))).honeycomb.spans).toMatchObject([
    { name: 'good', dataset: 'grpc' },
  ])
  expect((await sandbox.counts()).honeycomb).toMatchObject({ grpcPort: sandbox.grpcPort, spans: 1 })
})

test.each([TRACES, LOGS, METRICS])(
  '%s without a key is UNAUTHENTICATED, in Honeycomb’s words',
  async (path) => {
    await expect(grpcCall(client(), path, Buffer.alloc(0))).rejects.toMatchObject({
      code: status.UNAUTHENTICATED,
      details: "missing 'x-honeycomb-team' header",
    })
  },
)

describe('with a Classic key', () => {
  test.each([TRACES, METRICS])('%s needs a dataset', async (path) => {
    await expect(grpcCall(client(), path, Buffer.alloc(0), CLASSIC_KEY)).rejects.toMatchObject({
      code: status.UNAUTHENTICATED,
      details: "missing 'x-honeycomb-dataset' header",
    })
  })

  test('spans go to the dataset in the metadata', async () => {
    const traceId = randomBytes(16)
    const metadata = { ...CLASSIC_KEY, 'x-honeycomb-dataset': 'chosen' }
    await grpcCall(client(), TRACES, spansRequest({ traceId, spanId: randomBytes(8) }), metadata)
    expect((await sandbox.trace(traceId.toString('hex'))).honeycomb.spans).toMatchObject([
      { dataset: 'chosen', service: 'grpc' },
    ])
    expect(await grpcCall(client(), LOGS, Buffer.alloc(0), CLASSIC_KEY)).toHaveLength(0)
  })
})

test('what is no OTLP is INTERNAL, with the reason of HTTP', async () => {
  const bytes = Buffer.from([0xff])
  const overHttp = await sandbox.post('/v1/traces', new Uint8Array(bytes), {
    ...HONEYCOMB_KEY,
    'content-type': 'application/protobuf',
  })
  const { message } = decodeProtobuf('RpcStatus', Buffer.from(await overHttp.arrayBuffer()))
  await expect(grpcCall(client(), TRACES, bytes, HONEYCOMB_KEY)).rejects.toMatchObject({
    code: status.INTERNAL,
    details: message,
  })
})

test.each([
  ['uncompressed', {}, /larger than max \(16\d{6} vs\. 15000000\)/],
  ['gzipped', { 'grpc.default_compression_algorithm': 2 }, /after decompression larger than max 15000000/],
])('a message of 16 MB, %s, is RESOURCE_EXHAUSTED', async (_how, options, details) => {
  const large = spansRequest({ traceState: 'x'.repeat(16_000_000) })
  await expect(grpcCall(client(options), TRACES, large, HONEYCOMB_KEY)).rejects.toMatchObject({
    code: status.RESOURCE_EXHAUSTED,
    details: expect.stringMatching(details),
  })
})

test('profiles, and X-Ray’s signed requests, are not taken', async () => {
  const profiles = '/opentelemetry.proto.collector.profiles.v1development.ProfilesService/Export'
  await expect(grpcCall(client(), profiles, Buffer.alloc(0), HONEYCOMB_KEY)).rejects.toMatchObject({
    code: status.UNIMPLEMENTED,
  })
  const authorization = 'AWS4-HMAC-SHA256 Credential=a/20261126/us-east-1/xray/aws4_request'
  await expect(grpcCall(client(), TRACES, Buffer.alloc(0), { authorization })).rejects.toMatchObject({
    code: status.UNAUTHENTICATED,
  })
})

test('the Providers page shows the errors: of calls with gRPC’s status, and of clients with the wrong protocol', async () => {
  await grpcCall(client(), LOGS, Buffer.alloc(0)).catch(() => {})
  await fetch(`http://127.0.0.1:${sandbox.grpcPort}/v1/logs`, {
    method: 'POST',
    body: otlpJson(),
    headers: OTLP_JSON,
  })
  await grpcCall(grpcClient(sandbox.port), TRACES, Buffer.alloc(0)).catch(() => {})
  const { httpErrors } = ProvidersRead.parse(await (await sandbox.ask('/sandbox/providers')).json())
  const seen = httpErrors.map(({ provider, path, status: code, grpcStatus }) => [
    provider,
    path,
    code,
    grpcStatus,
  ])
  expect(seen).toEqual(
    expect.arrayContaining([
      ['honeycomb', LOGS, 401, 'UNAUTHENTICATED'],
      ['honeycomb', '/v1/logs', 400, undefined],
      ['honeycomb', '/v1/', 400, undefined],
    ]),
  )
  const address = `http://127.0.0.1:${sandbox.grpcPort}`
  expect(httpErrors.find(({ path }) => path === '/v1/')?.message).toContain(`gRPC to ${address}, or`)
})

test('a client that speaks TLS is an error on the Providers page, with the address to use', async () => {
  for (const port of [sandbox.port, sandbox.grpcPort]) {
    const socket = connectSecurely({ port: Number(port), host: '127.0.0.1' })
    await new Promise((failed) => socket.once('error', failed))
    const { httpErrors } = ProvidersRead.parse(await (await sandbox.ask('/sandbox/providers')).json())
    expect(httpErrors[0]).toMatchObject({
      provider: 'honeycomb',
      status: 400,
      message: expect.stringContaining(
        `speaks TLS, which the sandbox does not have. Use http://127.0.0.1:${port} `,
      ),
    })
  }
})

test('OTLP over HTTP at the port for gRPC is told the address of the other port', async () => {
  const response = await fetch(`http://127.0.0.1:${sandbox.grpcPort}/v1/traces`, { method: 'POST' })
  expect(await response.text()).toContain(`send to ${sandbox.url}, or`)
})
