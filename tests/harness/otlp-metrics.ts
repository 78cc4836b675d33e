import protobuf from 'protobufjs'

// Decodes the histograms of an ExportMetricsServiceRequest with their exemplars.
// Source: https://github.com/open-telemetry/opentelemetry-proto, metrics.proto
const SCHEMA = `
  syntax = "proto3";
  message Request { repeated ResourceMetrics resource_metrics = 1; }
  message ResourceMetrics { repeated ScopeMetrics scope_metrics = 2; }
  message ScopeMetrics { repeated Metric metrics = 2; }
  message Metric { string name = 1; string unit = 3; Histogram histogram = 9; }
  message Histogram { repeated HistogramDataPoint data_points = 1; int32 aggregation_temporality = 2; }
  message HistogramDataPoint {
    repeated KeyValue attributes = 9;
    fixed64 start_time_unix_nano = 2;
    fixed64 time_unix_nano = 3;
    fixed64 count = 4;
    optional double sum = 5;
    repeated fixed64 bucket_counts = 6;
    repeated double explicit_bounds = 7;
    repeated Exemplar exemplars = 8;
  }
  message KeyValue { string key = 1; AnyValue value = 2; }
  message AnyValue { oneof value { string string_value = 1; int64 int_value = 3; } }
  message Exemplar {
    fixed64 time_unix_nano = 2;
    oneof value { double as_double = 3; sfixed64 as_int = 6; }
    bytes span_id = 4;
    bytes trace_id = 5;
  }`

const REQUEST = protobuf.parse(SCHEMA).root.lookupType('Request')

export interface DecodedExemplar {
  /** Epoch ms. */
  readonly timeMs: number
  readonly value: number
  readonly traceId: string
  readonly spanId: string
}

export interface DecodedPoint {
  readonly attributes: Readonly<Record<string, string | number>>
  /** Epoch ms. */
  readonly startMs: number
  readonly timeMs: number
  readonly count: number
  readonly bucketCounts: readonly number[]
  readonly bounds: readonly number[]
  readonly exemplars: readonly DecodedExemplar[]
}

interface Wire {
  resourceMetrics: {
    scopeMetrics: { metrics: { name: string; histogram?: { dataPoints: WirePoint[] } }[] }[]
  }[]
}

interface WirePoint {
  attributes: { key: string; value: { stringValue?: string; intValue?: string } }[]
  startTimeUnixNano: string
  timeUnixNano: string
  count: string
  bucketCounts: string[]
  explicitBounds: number[]
  exemplars: { timeUnixNano: string; asDouble: number; spanId: Buffer; traceId: Buffer }[]
}

/** The points of a histogram in a request's body. */
export function histogramPoints(body: Buffer, name: string): DecodedPoint[] {
  const request = REQUEST.toObject(REQUEST.decode(body), { longs: String, arrays: true }) as Wire
  return request.resourceMetrics
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap(({ metrics }) => metrics))
    .filter((metric) => metric.name === name)
    .flatMap(({ histogram }) => histogram?.dataPoints ?? [])
    .map((point) => ({
      attributes: Object.fromEntries(
        point.attributes.map(({ key, value }) => [key, value.stringValue ?? Number(value.intValue)]),
      ),
      startMs: Number(point.startTimeUnixNano) / 1e6,
      timeMs: Number(point.timeUnixNano) / 1e6,
      count: Number(point.count),
      bucketCounts: point.bucketCounts.map(Number),
      bounds: point.explicitBounds,
      exemplars: point.exemplars.map(({ timeUnixNano, asDouble, spanId, traceId }) => ({
        timeMs: Number(timeUnixNano) / 1e6,
        value: asDouble,
        spanId: spanId.toString('hex'),
        traceId: traceId.toString('hex'),
      })),
    }))
}
