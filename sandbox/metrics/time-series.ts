import type { Metric } from '../../contracts/sandbox/metrics.ts'

// The stored metrics as the read thread holds them: each metric has time series, each time series has points.
// Source: https://opentelemetry.io/docs/specs/otel/metrics/data-model/#timeseries-model

/** A metric with its time series. */
export interface StoredMetric extends Metric {
  readonly series: readonly TimeSeries[]
}

/** The points of one sender and instrumentation scope with equal attributes. */
export interface TimeSeries {
  /** Where it may differ from the metric's, because senders of one metric differ. */
  readonly temporality?: Metric['temporality']
  /** Attributes of the resource and of the points; the point's win. Values as text. */
  readonly attributes: ReadonlyMap<string, string>
  /** In the order of their times; of two with the same time, the one that arrived last. */
  readonly points: readonly Point[]
}

/** What every kind of point has. Times in epoch milliseconds. */
interface AnyPoint {
  /** When counting began; 0 if it was not sent. */
  readonly startMs: number
  readonly timeMs: number
  /** The sender says that there is no value at this time (OTLP's flag NO_RECORDED_VALUE): the series ends here. */
  readonly isMissing: boolean
  readonly exemplars: readonly StoredExemplar[]
}

/** Of a gauge or a sum. */
export interface NumberPoint extends AnyPoint {
  /** May be NaN or infinite. */
  readonly value: number
}

export interface HistogramPoint extends AnyPoint {
  readonly count: number
  /** Undefined where it was not sent, as for values below zero. */
  readonly sum: number | undefined
  /** Of the values since `startMs`; undefined where they were not sent. */
  readonly min: number | undefined
  readonly max: number | undefined
  readonly buckets: ExplicitBuckets | ExponentialBuckets
}

/** `counts[i]` values are above `bounds[i - 1]` and at most `bounds[i]`. Both lists are empty for a point without buckets. */
export interface ExplicitBuckets {
  readonly bounds: readonly number[]
  /** One more than bounds. */
  readonly counts: readonly number[]
}

/**
 * With base = 2^(2^-scale), `positive.counts[i]` values are above base^(offset + i) and at most base^(offset + i + 1);
 * `negative` has the same of the absolute values. `zeroCount` values are within ± `zeroThreshold`.
 */
export interface ExponentialBuckets {
  readonly scale: number
  readonly zeroCount: number
  readonly zeroThreshold: number
  readonly positive: BucketRun
  readonly negative: BucketRun
}

export interface BucketRun {
  readonly offset: number
  readonly counts: readonly number[]
}

export interface SummaryPoint extends AnyPoint {
  readonly count: number
  readonly sum: number
  /** From 0 to 1, ascending. */
  readonly quantiles: readonly { readonly quantile: number; readonly value: number }[]
}

export type Point = NumberPoint | HistogramPoint | SummaryPoint

export interface StoredExemplar {
  /** Epoch milliseconds. */
  readonly atMs: number
  readonly value: number
  /** Hex digits; empty if it was recorded outside any trace. */
  readonly traceId: string
  readonly spanId: string
}
