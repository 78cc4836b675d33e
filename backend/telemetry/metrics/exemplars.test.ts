import { type Attributes, TraceFlags } from '@opentelemetry/api'
import { ProtobufMetricsSerializer } from '@opentelemetry/otlp-transformer'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { newSpanId, newTraceId } from '../../../contracts/trace-id.ts'
import { histogramPoints } from '../../../tests/harness/otlp-metrics.ts'
import { addExemplars } from './exemplar-encoding.ts'
import { ExemplarReservoir } from './exemplar-reservoir.ts'

const HISTOGRAM = { name: 'request.duration', boundaries: [0.1, 1, 10] }

let reservoir: ExemplarReservoir
let exporter: InMemoryMetricExporter
let reader: PeriodicExportingMetricReader
let provider: MeterProvider
let histogram: { record(value: number, attributes: Attributes): void }

beforeEach(() => {
  reservoir = new ExemplarReservoir(HISTOGRAM)
  exporter = new InMemoryMetricExporter(AggregationTemporality.DELTA)
  reader = new PeriodicExportingMetricReader({ exporter })
  provider = new MeterProvider({ readers: [reader] })
  // Others beside it, in its scope and in another one.
  provider.getMeter('other').createCounter('requests').add(1)
  const meter = provider.getMeter('test')
  meter.createHistogram('other.duration').record(3)
  histogram = meter.createHistogram(HISTOGRAM.name, {
    advice: { explicitBucketBoundaries: HISTOGRAM.boundaries },
  })
})

afterEach(async () => {
  vi.useRealTimers()
  await provider.shutdown()
})

/** Records a value as an instrumentation does, in a new span. */
function measure(value: number, attributes: Attributes = {}, traceFlags = TraceFlags.SAMPLED) {
  const span = { traceId: newTraceId(), spanId: newSpanId(), traceFlags }
  histogram.record(value, attributes)
  reservoir.offer(value, attributes, span)
  return { value, traceId: span.traceId, spanId: span.spanId }
}

async function collect(): Promise<ResourceMetrics> {
  exporter.reset()
  await reader.forceFlush()
  const [metrics] = exporter.getMetrics()
  if (!metrics) throw new Error('nothing was collected')
  return metrics
}

/** The histogram's points as a receiver decodes them. */
function exported(metrics: ResourceMetrics) {
  const request = ProtobufMetricsSerializer.serializeRequest(metrics) ?? new Uint8Array()
  return histogramPoints(Buffer.from(addExemplars(request, metrics, reservoir)), HISTOGRAM.name)
}

test('each bucket has one measurement of its own, with trace, span, time and value', async () => {
  const fast = measure(0.1, { route: '/a' })
  const slow = measure(7, { route: '/a' })
  const other = measure(20, { route: '/b', status: 500 })
  const points = exported(await collect())
  expect(points).toMatchObject([
    { attributes: { route: '/a' }, count: 2, bucketCounts: [1, 0, 1, 0], exemplars: [fast, slow] },
    { attributes: { route: '/b', status: 500 }, count: 1, bucketCounts: [0, 0, 0, 1], exemplars: [other] },
  ])
  for (const { exemplars, startMs, timeMs } of points) {
    for (const exemplar of exemplars) {
      expect(exemplar.timeMs).toBeGreaterThanOrEqual(startMs)
      expect(exemplar.timeMs).toBeLessThanOrEqual(timeMs)
    }
  }
})

test('nothing else of the request changes', async () => {
  measure(0.5, { route: '/a' })
  const metrics = await collect()
  const request = ProtobufMetricsSerializer.serializeRequest(metrics) ?? new Uint8Array()
  const changed = Buffer.from(addExemplars(request, metrics, reservoir))
  const without = (body: Buffer) =>
    [HISTOGRAM.name, 'other.duration'].map((name) =>
      histogramPoints(body, name).map((point) => ({ ...point, exemplars: [] })),
    )
  expect(without(changed)).toEqual(without(Buffer.from(request)))
  expect(Buffer.from(addExemplars(request, metrics, reservoir))).toEqual(Buffer.from(request))
})

test('a trace that is not sampled is no exemplar', async () => {
  measure(0.5, {}, TraceFlags.NONE)
  expect(exported(await collect())).toMatchObject([{ count: 1, exemplars: [] }])
})

test('every measurement of a bucket has the same chance', async () => {
  const first = Array.from({ length: 200 }, () => {
    const one = new ExemplarReservoir(HISTOGRAM)
    const span = { traceId: '', spanId: 'first', traceFlags: TraceFlags.SAMPLED }
    one.offer(0.5, {}, span)
    one.offer(0.5, {}, { ...span, spanId: 'second' })
    const buckets = { boundaries: HISTOGRAM.boundaries, counts: [0, 2, 0, 0] }
    const times = { startTime: [0, 0] as [number, number], endTime: [9e9, 0] as [number, number] }
    return one.take([{ ...times, attributes: {}, value: { buckets, count: 2 } }])[0]?.[0]?.spanId
  }).filter((id) => id === 'first').length
  // Outside this range once in 10^9 runs.
  expect(first).toBeGreaterThan(55)
  expect(first).toBeLessThan(145)
})

test('an exemplar is in the export of its own interval, and in no other', async () => {
  const before = measure(0.5)
  const metrics = await collect()
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 5 })
  measure(7)
  expect(exported(metrics)).toMatchObject([{ exemplars: [before] }])
  expect(exported(await collect())).toMatchObject([{ bucketCounts: [0, 0, 1, 0], exemplars: [] }])
  const after = measure(7)
  expect(exported(await collect())).toMatchObject([{ exemplars: [after] }])
})

test('a measurement that its point does not count is no exemplar', async () => {
  const span = { traceId: newTraceId(), spanId: newSpanId(), traceFlags: TraceFlags.SAMPLED }
  measure(0.5, { route: '/a' })
  reservoir.offer(7, { route: '/a' }, span)
  reservoir.offer(0.5, { route: '/b' }, span)
  reservoir.offer(0.05, { path: '/a' }, span)
  const points = exported(await collect())
  expect(points.map(({ exemplars }) => exemplars.map(({ value }) => value))).toEqual([[0.5]])
})

test('only so many time series have exemplars, also while nothing is exported', async () => {
  for (let route = 0; route < 1_000; route++) measure(0.5, { route })
  const withExemplars = exported(await collect()).filter(({ exemplars }) => exemplars.length > 0)
  expect(withExemplars).toHaveLength(200)
  measure(0.5, { route: 999 })
  expect(exported(await collect())).toMatchObject([{ attributes: { route: 999 }, exemplars: [{}] }])
})

test('a request in another encoding is left as it is', async () => {
  measure(0.5)
  const metrics = await collect()
  for (const bytes of [[], [0x0a, 0x7f], [0x0a, 0x01, 0x0b], [0x80]]) {
    const request = Uint8Array.from(bytes)
    expect([...addExemplars(request, metrics, reservoir)]).toEqual(bytes)
  }
})
