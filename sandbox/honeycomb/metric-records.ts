import { METRIC_KINDS, type MetricKind } from '../../contracts/sandbox/metric-words.ts'
import type { Metric } from '../../contracts/sandbox/metrics.ts'
import type { Attribute } from '../../contracts/sandbox/trace.ts'
import type {
  ExplicitBuckets,
  ExponentialBuckets,
  Point,
  StoredExemplar,
  SummaryPoint,
} from '../metrics/time-series.ts'
import type { MetricRow } from '../store/datasets.ts'
import {
  arrayOf,
  attributesOf,
  countOf,
  FormatError,
  listOf,
  type Message,
  messageOf,
  textOf,
} from './fields.ts'
import { idOf, isSpanId, storedTraceId } from './ids.ts'
import { decodeMessage } from './otlp-schema.ts'
import { recordsOf } from './records.ts'

// Reads the metrics of OTLP's export requests. Each function throws a FormatError.
// Source: https://github.com/open-telemetry/opentelemetry-proto, metrics/v1/metrics.proto

/** A metric of a request, with its data points. */
export interface ReceivedMetric extends Omit<Metric, 'dataset'> {
  readonly resource: Readonly<Record<string, Attribute>>
  /** Name and version of the instrumentation scope. */
  readonly scope: string
  readonly points: readonly ReceivedPoint[]
}

export interface ReceivedPoint {
  readonly attributes: Readonly<Record<string, Attribute>>
  readonly point: Point
}

export const METRICS_REQUEST = 'ExportMetricsServiceRequest'

/** Unspecified, which OTLP forbids, counts as cumulative, the default of OpenTelemetry's SDKs. */
const TEMPORALITIES = ['cumulative', 'delta', 'cumulative'] as const
const DELTA_NAME = 'AGGREGATION_TEMPORALITY_DELTA'
const HAVE_TEMPORALITY: ReadonlySet<MetricKind> = new Set(['sum', 'histogram', 'exponentialHistogram'])
/** DataPointFlags */
const NO_RECORDED_VALUE = 1
/** OpenTelemetry's SDKs use scales from -10 to 20. Below, a bucket is wider than the range of numbers. */
const MIN_SCALE = -10
const MAX_SCALE = 20
/** All positive numbers are above 2^-1075, and below 2^1024. */
const MIN_EXPONENT = -1_075
const MAX_EXPONENT = 1_024

/**
 * The metrics of an ExportMetricsServiceRequest: JSON, or protobuf that was decoded with 64-bit integers as numbers.
 * Buckets that do not fit their bounds or scale are left out of their point, which keeps its count and sum.
 */
export function metricsOf(request: Message): ReceivedMetric[] {
  return recordsOf(request, 'resourceMetrics', 'scopeMetrics', 'metrics').map(
    ({ record: metric, resource, scope }) => {
      const kind = METRIC_KINDS.find((name) => metric[name] !== undefined && metric[name] !== null)
      const data = kind ? messageOf(metric[kind]) : {}
      return {
        name: textOf(metric.name),
        kind: kind ?? 'empty',
        unit: textOf(metric.unit),
        description: textOf(metric.description),
        temporality: kind && HAVE_TEMPORALITY.has(kind) ? temporalityOf(data.aggregationTemporality) : null,
        isMonotonic: booleanOf(data.isMonotonic),
        resource,
        scope: `${scope.name} ${scope.version}`,
        points: listOf(data.dataPoints).map((point) => ({
          attributes: attributesOf(point.attributes),
          point: pointOf(kind, point),
        })),
      }
    },
  )
}

/** The number of data points of each metric in a protobuf request, all of which is decoded but not kept. */
export function countProtobufMetrics(body: Buffer): Omit<MetricRow, 'dataset'>[] {
  const { resourceMetrics } = decodeMessage(METRICS_REQUEST, body) as unknown as DecodedRequest
  return resourceMetrics.flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) =>
      metrics.map((metric) => {
        const kind = METRIC_KINDS.find((name) => metric[name] !== null)
        const points = (kind && metric[kind]?.dataPoints.length) ?? 0
        return { name: metric.name, kind: kind ?? 'empty', unit: metric.unit, points }
      }),
    ),
  )
}

type DecodedMetric = { readonly name: string; readonly unit: string } & {
  readonly [Kind in MetricKind]: { readonly dataPoints: readonly unknown[] } | null
}
interface DecodedRequest {
  readonly resourceMetrics: readonly {
    readonly scopeMetrics: readonly { readonly metrics: readonly DecodedMetric[] }[]
  }[]
}

function pointOf(kind: MetricKind | undefined, point: Message): Point {
  const common = {
    startMs: millisecondsOf(point.startTimeUnixNano),
    timeMs: millisecondsOf(point.timeUnixNano),
    isMissing: (countOf(point.flags) & NO_RECORDED_VALUE) !== 0,
    exemplars: listOf(point.exemplars).map(exemplarOf),
  }
  if (kind === 'histogram' || kind === 'exponentialHistogram') {
    return {
      ...common,
      count: unsignedOf(point.count),
      sum: optionalDoubleOf(point.sum),
      min: optionalDoubleOf(point.min),
      max: optionalDoubleOf(point.max),
      buckets: kind === 'histogram' ? explicitBucketsOf(point) : exponentialBucketsOf(point),
    }
  }
  if (kind !== 'summary') return { ...common, value: recordedValue(point) }
  return {
    ...common,
    count: unsignedOf(point.count),
    sum: optionalDoubleOf(point.sum) ?? 0,
    quantiles: quantilesOf(point.quantileValues),
  }
}

function exemplarOf(exemplar: Message): StoredExemplar {
  const traceId = storedTraceId(idOf(exemplar.traceId))
  const spanId = idOf(exemplar.spanId)
  return {
    atMs: millisecondsOf(exemplar.timeUnixNano),
    value: recordedValue(exemplar),
    ...(traceId && isSpanId(spanId) ? { traceId, spanId } : { traceId: '', spanId: '' }),
  }
}

/** Of a number point or an exemplar. NaN without a value, which is how JavaScript writes NaN in JSON. */
function recordedValue({ asDouble, asInt }: Message): number {
  return optionalDoubleOf(asDouble) ?? (isSet(asInt) ? integerOf(asInt) : Number.NaN)
}

const NO_BUCKETS: ExplicitBuckets = { bounds: [], counts: [] }

function explicitBucketsOf({ explicitBounds, bucketCounts }: Message): ExplicitBuckets {
  const bounds = arrayOf(explicitBounds).map(doubleOf)
  const counts = arrayOf(bucketCounts).map(unsignedOf)
  // Without bounds there is one bucket, which tells nothing that the count does not.
  const isUsable =
    bounds.length > 0 &&
    counts.length === bounds.length + 1 &&
    bounds.every(
      (bound, index) => Number.isFinite(bound) && (index === 0 || bound > (bounds[index - 1] ?? 0)),
    )
  return isUsable ? { bounds, counts } : NO_BUCKETS
}

function exponentialBucketsOf(point: Message): ExponentialBuckets {
  const scale = integerOf(point.scale)
  const zeroCount = unsignedOf(point.zeroCount)
  const zeroThreshold = optionalDoubleOf(point.zeroThreshold) ?? 0
  const [positive, negative] = [bucketRunOf(point.positive), bucketRunOf(point.negative)]
  const isUsable =
    scale >= MIN_SCALE &&
    scale <= MAX_SCALE &&
    [positive, negative].every(
      ({ offset, counts }) =>
        counts.length === 0 ||
        (offset >= Math.floor(MIN_EXPONENT * 2 ** scale) &&
          offset + counts.length <= MAX_EXPONENT * 2 ** scale),
    )
  const none = { offset: 0, counts: [] }
  if (!isUsable) return { scale: 0, zeroCount: 0, zeroThreshold: 0, positive: none, negative: none }
  return { scale, zeroCount, zeroThreshold: zeroThreshold > 0 ? zeroThreshold : 0, positive, negative }
}

function bucketRunOf(value: unknown): ExponentialBuckets['positive'] {
  const { offset, bucketCounts } = messageOf(value)
  return { offset: integerOf(offset), counts: arrayOf(bucketCounts).map(unsignedOf) }
}

function quantilesOf(value: unknown): SummaryPoint['quantiles'] {
  return listOf(value)
    .map((one) => ({
      quantile: optionalDoubleOf(one.quantile) ?? 0,
      value: optionalDoubleOf(one.value) ?? 0,
    }))
    .filter(({ quantile }) => quantile >= 0 && quantile <= 1)
    .toSorted((a, b) => a.quantile - b.quantile)
}

/** Of the enum's name or number. */
function temporalityOf(value: unknown): Metric['temporality'] {
  if (typeof value !== 'string') return TEMPORALITIES[integerOf(value)] ?? 'cumulative'
  return value === DELTA_NAME ? 'delta' : 'cumulative'
}

function booleanOf(value: unknown): boolean {
  if (!isSet(value)) return false
  if (typeof value === 'boolean') return value
  throw new FormatError('a boolean is expected')
}

/** A 64-bit integer, exact up to 2^53. JSON has text or a number. */
function integerOf(value: unknown): number {
  if (!isSet(value)) return 0
  if (typeof value === 'number' && Number.isInteger(value)) return value
  if (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) return Number(value)
  throw new FormatError('a 64-bit integer is expected')
}

function unsignedOf(value: unknown): number {
  const number = integerOf(value)
  if (number >= 0) return number
  throw new FormatError('an unsigned integer is expected')
}

/** Nanoseconds as milliseconds, to the microsecond: a number of today's nanoseconds is exact to 256 of them. */
function millisecondsOf(nanoseconds: unknown): number {
  return Math.round(unsignedOf(nanoseconds) / 1e3) / 1e3
}

/** JSON has the numbers that it cannot represent as text. */
function doubleOf(value: unknown): number {
  if (typeof value === 'number') return value
  if (value === 'NaN') return Number.NaN
  if (typeof value === 'string' && value.trim() !== '') {
    const number = Number(value)
    if (!Number.isNaN(number)) return number
  }
  throw new FormatError('a number is expected')
}

function optionalDoubleOf(value: unknown): number | undefined {
  return isSet(value) ? doubleOf(value) : undefined
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null
}
