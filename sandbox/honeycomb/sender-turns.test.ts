import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { grpcCall, grpcClient } from '../../tests/harness/grpc-client.ts'
import { JSON_TYPE, sandboxForTest } from '../../tests/harness/sandbox.ts'
import { eventually } from '../../tests/harness/wait-for.ts'
import { ByteBudget } from '../http/byte-budget.ts'
import { encodeProtobuf } from './otlp-schema.ts'

const sandbox = await sandboxForTest({ daemon: undefined, grpcPort: 0 })
afterAll(() => sandbox[Symbol.asyncDispose]())
beforeAll(() =>
  sandbox.post('/UpdateTraceSegmentDestination', JSON.stringify({ Destination: 'CloudWatchLogs' })),
)

/** Beyond 2,000, so that the decode thread decodes them, in a small body. */
const RECORDS = Array.from({ length: 3_000 }, () => ({}))
const REQUESTS = {
  traces: { resourceSpans: [{ scopeSpans: [{ spans: RECORDS }] }] },
  logs: { resourceLogs: [{ scopeLogs: [{ logRecords: RECORDS }] }] },
  metrics: { resourceMetrics: [{ scopeMetrics: [{ metrics: RECORDS }] }] },
}
const METHODS = {
  traces: ['trace.v1.TraceService', 'ExportTraceServiceRequest'],
  logs: ['logs.v1.LogsService', 'ExportLogsServiceRequest'],
  metrics: ['metrics.v1.MetricsService', 'ExportMetricsServiceRequest'],
} as const
type Signal = keyof typeof REQUESTS

const overHttp = (signal: Signal, headers: Record<string, string>) =>
  sandbox.post(`/v1/${signal}`, JSON.stringify(REQUESTS[signal]), { ...JSON_TYPE, ...headers })
const overGrpc = (signal: Signal, key: string) => {
  const [service, message] = METHODS[signal]
  const path = `/opentelemetry.proto.collector.${service}/Export`
  const request = encodeProtobuf(message, REQUESTS[signal])
  return grpcCall(grpcClient(sandbox.grpcPort), path, request, { 'x-honeycomb-team': key })
}
const signed = (key: string) => ({
  authorization: `AWS4-HMAC-SHA256 Credential=${key}/20261122/us-east-1/xray/aws4_request, Signature=0`,
})

test.each([
  ...(['traces', 'logs', 'metrics'] as const).flatMap((signal) => [
    [`${signal} over HTTP`, (key: string) => overHttp(signal, { 'x-honeycomb-team': key })] as const,
    [`${signal} over gRPC`, (key: string) => overGrpc(signal, key)] as const,
  ]),
  ['spans for X-Ray', (key: string) => overHttp('traces', signed(key))] as const,
])('a small body of many records waits for its sender’s turn, and no other’s: %s', async (_what, send) => {
  const open = vi.spyOn(ByteBudget.prototype, 'open')
  onTestFinished(() => open.mockRestore())
  await send('flood')
  const [[sender] = []] = open.mock.calls
  const budget = open.mock.contexts[0] as unknown as ByteBudget
  const held = budget.open(sender)
  await held.takeSlot()
  onTestFinished(held.release)

  const requests = open.mock.calls.length
  let isAnswered = false
  const waiting = send('flood').then(() => {
    isAnswered = true
  })
  await eventually(
    () => open.mock.calls.length,
    (count) => count > requests,
  )
  for (let times = 0; times < 2; times++) await send('another')
  expect(isAnswered).toBe(false)
  held.release()
  await waiting
})
