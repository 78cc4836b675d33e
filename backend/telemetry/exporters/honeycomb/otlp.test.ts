import type { IncomingHttpHeaders } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { ROOT_CONTEXT, trace } from '@opentelemetry/api'
import { LoggerProvider } from '@opentelemetry/sdk-logs'
import {
  AggregationTemporality,
  InstrumentType,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ProviderServer } from '../../../../tests/harness/provider-server.ts'
import { SERVER_DURATION } from '../../instrumentation/server-duration.ts'
import { ExemplarReservoir } from '../../metrics/exemplar-reservoir.ts'
import type { HoneycombOptions } from '../../options.ts'
import { Delivery } from '../delivery.ts'
import { createLogProcessor, createMetricExporter } from './otlp.ts'

const TRACE = '6b0359b306368b5bae022778cb47cac6'

let server: ProviderServer
let received: { path: string | undefined; headers: IncomingHttpHeaders; body: Buffer }[]
let status: number
let delivery: Delivery
let options: HoneycombOptions
let exemplars: ExemplarReservoir

beforeEach(async () => {
  received = []
  status = 200
  server = await ProviderServer.start(async (request, response) => {
    const { url: path, headers } = request
    received.push({ path, headers, body: await buffer(request) })
    response.writeHead(status).end()
  })
  delivery = new Delivery(() => {})
  exemplars = new ExemplarReservoir(SERVER_DURATION)
  options = { endpoint: server.url, headers: { 'x-honeycomb-team': 'key' } }
})

afterEach(() => server[Symbol.asyncDispose]())

test.each(['forceFlush', 'shutdown'] as const)('log records are sent with their trace by %s', async (end) => {
  const processor = createLogProcessor(options, delivery)
  const logger = new LoggerProvider({ processors: [processor] }).getLogger('t')
  const spanContext = { traceId: TRACE, spanId: '1'.repeat(16), traceFlags: 1 }
  logger.emit({ body: 'in a request', context: trace.setSpanContext(ROOT_CONTEXT, spanContext) })
  logger.emit({ body: 'at the start', context: ROOT_CONTEXT })
  expect(delivery.report()).toMatchObject({ pending: 2 })
  await processor[end]()
  expect(received).toMatchObject([{ path: '/v1/logs', headers: { 'x-honeycomb-team': 'key' } }])
  expect(received[0]?.body.includes('in a request')).toBe(true)
  expect(delivery.report()).toMatchObject({ accepted: 2, pending: 0, recentTraceIds: [TRACE] })
})

test.each(['forceFlush', 'shutdown'] as const)(
  'metrics are counted by data point, and sent by %s',
  async (end) => {
    const exporter = createMetricExporter('orders', options, delivery, exemplars)
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 60_000 })
    const meter = new MeterProvider({ readers: [reader] }).getMeter('t')
    const orders = meter.createCounter('orders.created')
    orders.add(1, { size: 'S' })
    orders.add(1, { size: 'L' })
    meter.createHistogram('orders.price').record(7)
    await reader[end]()
    expect(received).toMatchObject([
      {
        path: '/v1/metrics',
        headers: { 'x-honeycomb-team': 'key', 'x-honeycomb-dataset': 'orders-metrics' },
      },
    ])
    expect(received[0]?.body.includes('orders.price')).toBe(true)
    expect(delivery.report()).toMatchObject({ accepted: 3, pending: 0, dropped: 0, refused: 0 })
    await reader.shutdown()
  },
)

test('metrics that cannot be encoded are dropped, and counted', () => {
  const exporter = createMetricExporter('orders', options, delivery, exemplars)
  const broken = { scopeMetrics: [{ metrics: [{ dataPoints: [1, 2] }] }, { metrics: [{ dataPoints: [3] }] }] }
  const results: unknown[] = []
  exporter.export(broken as never, (result) => results.push(result))
  expect(results).toEqual([{ code: 0 }])
  expect(delivery.report()).toMatchObject({ dropped: 3, pending: 0, failing: false })
  expect(delivery.report().lastError?.message).toMatch(/^metrics cannot be encoded: /)
})

test('a counter that also falls is a level, all others are what happened in each interval', () => {
  const exporter = createMetricExporter('orders', options, delivery, exemplars)
  const cumulative = Object.values(InstrumentType).filter(
    (type) => exporter.selectAggregationTemporality?.(type) === AggregationTemporality.CUMULATIVE,
  )
  expect(cumulative.sort()).toEqual([
    InstrumentType.OBSERVABLE_UP_DOWN_COUNTER,
    InstrumentType.UP_DOWN_COUNTER,
  ])
})

test.each([
  [401, 'HONEYCOMB_API_KEY'],
  [404, 'OTEL_EXPORTER_OTLP_ENDPOINT'],
])('a %d names %s', async (code, setting) => {
  status = code
  const processor = createLogProcessor(options, delivery)
  new LoggerProvider({ processors: [processor] }).getLogger('t').emit({ body: 'x' })
  await processor.forceFlush()
  expect(delivery.report()).toMatchObject({ refused: 1, pending: 0 })
  expect(delivery.report().lastError?.message).toContain(setting)
})
