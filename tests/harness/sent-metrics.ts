import type { MetricKind } from '../../contracts/sandbox/metric-words.ts'
import { encodeProtobuf } from '../../sandbox/honeycomb/otlp-schema.ts'

// Metrics as the tests make them, and as OTLP's requests.

export type Attributes = Readonly<Record<string, string | number | boolean>>

export interface SentMetric {
  readonly name: string
  readonly kind: MetricKind
  /** Undefined for gauges and summaries. */
  readonly temporality?: 'delta' | 'cumulative'
  readonly isMonotonic?: boolean
  readonly unit?: string
  /** In the order of arrival. */
  readonly points: readonly SentPoint[]
}

/** Times in epoch milliseconds, 0 for one that is not sent. */
export interface SentPoint {
  readonly resource: Attributes
  readonly attributes: Attributes
  readonly startMs: number
  readonly timeMs: number
  readonly isMissing?: boolean
  readonly exemplars?: readonly { readonly atMs: number; readonly value: number; readonly traceId: string }[]
  /** Of a gauge or a sum. */
  readonly value?: number
  readonly count?: number
  readonly sum?: number
  readonly bounds?: readonly number[]
  readonly counts?: readonly number[]
  readonly scale?: number
  readonly zeroCount?: number
  readonly zeroThreshold?: number
  readonly positive?: SentBuckets
  readonly negative?: SentBuckets
  readonly quantiles?: readonly { readonly quantile: number; readonly value: number }[]
}

export interface SentBuckets {
  readonly offset: number
  readonly counts: readonly number[]
}

const TEMPORALITIES = { delta: 1, cumulative: 2 }
export const SPAN_ID = 'b7ad6b7169203331'

/** An ExportMetricsServiceRequest. JSON has enums by name, and 64-bit integers and what is not a number as text. */
export function metricsRequest(
  metrics: readonly SentMetric[],
  encoding: 'json' | 'protobuf',
): Uint8Array<ArrayBuffer> {
  const isJson = encoding === 'json'
  const resourceMetrics = metrics.flatMap((metric) =>
    Map.groupBy(metric.points, ({ resource }) => JSON.stringify(resource))
      .values()
      .toArray()
      .map((points) => ({
        resource: { attributes: pairs(points[0]?.resource ?? {}) },
        scopeMetrics: [{ scope: { name: 'test' }, metrics: [toOtlp(metric, points, isJson)] }],
      })),
  )
  if (!isJson) return new Uint8Array(encodeProtobuf('ExportMetricsServiceRequest', { resourceMetrics }))
  return new TextEncoder().encode(JSON.stringify({ resourceMetrics }))
}

function toOtlp(metric: SentMetric, points: readonly SentPoint[], isJson: boolean) {
  const number = TEMPORALITIES[metric.temporality ?? 'cumulative']
  const name = `AGGREGATION_TEMPORALITY_${metric.temporality?.toUpperCase()}`
  return {
    name: metric.name,
    unit: metric.unit ?? '',
    [metric.kind]: {
      dataPoints: points.map((point) => pointToOtlp(metric.kind, point, isJson)),
      ...(metric.temporality && { aggregationTemporality: isJson && number === 1 ? name : number }),
      ...(metric.isMonotonic && { isMonotonic: true }),
    },
  }
}

function pointToOtlp(kind: MetricKind, point: SentPoint, isJson: boolean) {
  const double = (value: number | undefined) =>
    value === undefined || Number.isFinite(value) || !isJson ? value : String(value)
  const buckets = (run: SentBuckets | undefined) =>
    run && { offset: run.offset, bucketCounts: run.counts.map((count) => (isJson ? String(count) : count)) }
  const isInteger = Number.isSafeInteger(point.value)
  const value = isInteger ? { asInt: String(point.value) } : { asDouble: double(point.value) }
  const common = {
    attributes: pairs(point.attributes),
    startTimeUnixNano: `${point.startMs}000000`,
    timeUnixNano: `${point.timeMs}000000`,
    ...(point.isMissing && { flags: 1 }),
    ...(point.exemplars && {
      exemplars: point.exemplars.map(({ atMs, value, traceId }) => ({
        timeUnixNano: `${atMs}000000`,
        asDouble: value,
        traceId: isJson ? traceId : Buffer.from(traceId, 'hex'),
        spanId: isJson ? SPAN_ID : Buffer.from(SPAN_ID, 'hex'),
      })),
    }),
  }
  if (kind === 'gauge' || kind === 'sum') return { ...common, ...(point.isMissing ? {} : value) }
  const counted = {
    ...common,
    count: String(point.count),
    ...(point.sum !== undefined && { sum: double(point.sum) }),
  }
  if (kind === 'summary') {
    const quantileValues = point.quantiles?.map(({ quantile, value }) => ({ quantile, value: double(value) }))
    return { ...counted, quantileValues }
  }
  if (kind === 'histogram') {
    return {
      ...counted,
      explicitBounds: point.bounds,
      bucketCounts: point.counts?.map((one) => (isJson ? String(one) : one)),
    }
  }
  return {
    ...counted,
    scale: point.scale,
    zeroCount: String(point.zeroCount),
    zeroThreshold: point.zeroThreshold,
    positive: buckets(point.positive),
    negative: buckets(point.negative),
  }
}

function pairs(attributes: Attributes) {
  return Object.entries(attributes).map(([key, value]) => {
    if (typeof value === 'string') return { key, value: { stringValue: value } }
    if (typeof value === 'boolean') return { key, value: { boolValue: value } }
    return { key, value: Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value } }
  })
}
