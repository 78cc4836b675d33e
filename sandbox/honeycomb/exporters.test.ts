import { Metadata } from '@grpc/grpc-js'
import { ROOT_CONTEXT, SeverityNumber, SpanKind, SpanStatusCode, trace, ValueType } from '@opentelemetry/api'
import { OTLPLogExporter as GrpcLogs } from '@opentelemetry/exporter-logs-otlp-grpc'
import { OTLPLogExporter as JsonLogs } from '@opentelemetry/exporter-logs-otlp-http'
import { OTLPLogExporter as ProtobufLogs } from '@opentelemetry/exporter-logs-otlp-proto'
import { OTLPMetricExporter as GrpcMetrics } from '@opentelemetry/exporter-metrics-otlp-grpc'
import { OTLPMetricExporter as JsonMetrics } from '@opentelemetry/exporter-metrics-otlp-http'
import { OTLPMetricExporter as ProtobufMetrics } from '@opentelemetry/exporter-metrics-otlp-proto'
import { OTLPTraceExporter as GrpcTraces } from '@opentelemetry/exporter-trace-otlp-grpc'
import { OTLPTraceExporter as JsonTraces } from '@opentelemetry/exporter-trace-otlp-http'
import { OTLPTraceExporter as ProtobufTraces } from '@opentelemetry/exporter-trace-otlp-proto'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { LoggerProvider, SimpleLogRecordProcessor } from '@opentelemetry/sdk-logs'
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import { afterAll, describe, expect, test } from 'vitest'
import { HONEYCOMB_KEY, sandboxForTest } from '../../tests/harness/sandbox.ts'

const sandbox = await sandboxForTest({ daemon: undefined, grpcPort: 0 })
afterAll(() => sandbox[Symbol.asyncDispose]())

type Config = NonNullable<ConstructorParameters<typeof JsonTraces>[0]>
const metadata = new Metadata()
metadata.set('x-honeycomb-team', HONEYCOMB_KEY['x-honeycomb-team'])
/** Exporters over HTTP ignore `metadata`, those over gRPC `headers`, which they warn of. */
const config = (format: string, signal: string, compression: string): Config & { metadata?: Metadata } => ({
  ...(format === 'gRPC'
    ? { url: `http://127.0.0.1:${sandbox.grpcPort}`, metadata }
    : { url: `${sandbox.url}/v1/${signal}`, headers: HONEYCOMB_KEY }),
  compression: compression as NonNullable<Config['compression']>,
})
const resource = resourceFromAttributes({ 'service.name': ' exporters ', list: ['a', 'b'] })
const ATTRIBUTES = {
  text: 'ü€😀',
  int: -7,
  large: Number.MAX_SAFE_INTEGER,
  double: 0.1,
  no: false,
  texts: ['a', 'b'],
  ints: [1, 2],
  empty: [],
}

describe.each([
  { format: 'protobuf', Traces: ProtobufTraces, Logs: ProtobufLogs, Metrics: ProtobufMetrics },
  { format: 'gRPC', Traces: GrpcTraces, Logs: GrpcLogs, Metrics: GrpcMetrics },
  { format: 'JSON', Traces: JsonTraces, Logs: JsonLogs, Metrics: JsonMetrics },
])('OpenTelemetry’s own exporters, in $format', ({ format, Traces, Logs, Metrics }) => {
  test.each(['none', 'gzip'])(
    'traces and logs with compression %s arrive with each field',
    async (compression) => {
      const provider = new TracerProvider({
        resource,
        spanProcessors: [
          new BatchSpanProcessor({ exporter: new Traces(config(format, 'traces', compression)) }),
        ],
      })
      const tracer = provider.getTracer('scope', '1.2.3')
      const span = tracer.startSpan('GET /', {
        kind: SpanKind.PRODUCER,
        startTime: [1_763_800_000, 123_456_789],
        attributes: ATTRIBUTES,
        links: [
          {
            context: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 },
            attributes: { n: 1 },
          },
        ],
      })
      span.recordException(new TypeError('boom'))
      span.setStatus({ code: SpanStatusCode.ERROR, message: 'boom' })
      span.end([1_763_800_001, 0])
      await provider.forceFlush()
      await provider.shutdown()
      const { traceId, spanId } = span.spanContext()

      const logs = new LoggerProvider({
        resource,
        processors: [
          new SimpleLogRecordProcessor({ exporter: new Logs(config(format, 'logs', compression)) }),
        ],
      })
      logs.getLogger('scope').emit({
        body: { a: ['b'] },
        severityNumber: SeverityNumber.WARN,
        severityText: 'WARN',
        attributes: { deep: { list: [1, 'a'] } },
        context: trace.setSpan(ROOT_CONTEXT, span),
      })
      await logs.forceFlush()
      await logs.shutdown()

      const { honeycomb, xray } = await sandbox.trace(traceId)
      expect(xray.segments).toEqual([])
      expect(honeycomb.spans).toEqual([
        expect.objectContaining({
          traceId,
          spanId,
          parentSpanId: '',
          name: 'GET /',
          kind: 'PRODUCER',
          startTimeUnixNano: '1763800000123456789',
          endTimeUnixNano: '1763800001000000000',
          service: 'exporters',
          dataset: 'exporters',
          scope: { name: 'scope', version: '1.2.3', attributes: {}, schemaUrl: '' },
          resource: expect.objectContaining({ list: ['a', 'b'] }),
          attributes: ATTRIBUTES,
          links: [
            expect.objectContaining({
              traceId: 'a'.repeat(32),
              spanId: 'b'.repeat(16),
              attributes: { n: 1 },
            }),
          ],
          status: { code: 'ERROR', message: 'boom' },
        }),
      ])
      const events = honeycomb.spans[0]?.events
      expect(events?.[0]?.attributes).toMatchObject({
        'exception.type': 'TypeError',
        'exception.message': 'boom',
        'exception.stacktrace': expect.stringContaining('exporters.test.ts'),
      })
      expect(honeycomb.logs).toEqual([
        expect.objectContaining({
          spanId,
          service: 'exporters',
          severityNumber: SeverityNumber.WARN,
          severityText: 'WARN',
          body: { a: ['b'] },
          attributes: { deep: { list: [1, 'a'] } },
        }),
      ])
    },
  )

  test('metrics of every kind are counted by their data points', async () => {
    const before = Number((await sandbox.counts()).honeycomb.metricPoints)
    const reader = new PeriodicExportingMetricReader({
      exporter: new Metrics(config(format, 'metrics', 'gzip')),
      exportIntervalMillis: 60_000,
    })
    const provider = new MeterProvider({ resource, readers: [reader] })
    const meter = provider.getMeter('scope')
    meter.createCounter('sum').add(1, { a: 1 })
    meter.createHistogram('histogram', { valueType: ValueType.DOUBLE }).record(0.5)
    meter.createObservableGauge('gauge').addCallback((result) => {
      result.observe(1, { a: 1 })
      result.observe(2, { a: 2 })
    })
    await provider.forceFlush()
    await provider.shutdown()
    const counts = (await sandbox.counts()).honeycomb
    // Once when flushed, and once more when shut down.
    expect([4, 8]).toContain(Number(counts.metricPoints) - before)
  })
})

test('with a wrong path the exporter receives an error, and nothing is stored', async () => {
  const response = await sandbox.post('/v1/trace', '{}', HONEYCOMB_KEY)
  expect(response.status).toBe(404)
})
