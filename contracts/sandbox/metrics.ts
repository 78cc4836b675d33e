import { z } from 'zod'
import { METRIC_CALCULATIONS, METRIC_FILTER_OPERATORS, METRIC_LIMITS } from './metric-words.ts'
import { Heatmap } from './query.ts'

// Metrics that the sandbox has received, and questions about their values.
// Source: https://opentelemetry.io/docs/specs/otel/metrics/data-model/

/** What identifies a metric here, and what its data points mean. */
const metric = z.object({
  dataset: z.string(),
  name: z.string(),
  /** `gauge`, `sum`, `histogram`, `exponentialHistogram`, `summary`, or `empty` for one that had none of them. */
  kind: z.string(),
  /** In UCUM's notation: `s`, `By`, `{request}`. */
  unit: z.string(),
  description: z.string(),
  /** Whether a point has what happened since the point before, or since the process began. Null for gauges and summaries. */
  temporality: z.enum(['delta', 'cumulative']).nullable(),
  /** A sum that only grows. */
  isMonotonic: z.boolean(),
})
export type Metric = z.output<typeof metric>

const metricAttribute = z.object({
  name: z.string(),
  /** It describes the sender (`service.instance.id`), not the data point. */
  isResource: z.boolean(),
  /** How many different values it has among the time series. */
  distinct: z.number(),
  /** Its most frequent values, at most 100, as text. Empty beyond the bound of the list's size. */
  values: z.array(z.string()).readonly(),
})
export type MetricAttribute = z.output<typeof metricAttribute>

export const MetricEntry = metric.extend({
  /** Data points received, also those that were deleted. */
  points: z.number(),
  /** ISO 8601: when the sandbox received the last point. */
  lastWrittenAt: z.string(),
  /** Data points that are stored. */
  storedPoints: z.number(),
  /** Time series among the stored points. */
  series: z.number(),
  attributes: z.array(metricAttribute).readonly(),
  /** The last value of the metric's default calculation; null without stored points. */
  last: z
    .object({
      calculation: z.enum(METRIC_CALCULATIONS),
      value: z.number().nullable(),
      /** Epoch milliseconds of the newest point. */
      atMs: z.number(),
    })
    .nullable(),
  /** What a person should know, such as too many values of an attribute. */
  warnings: z.array(z.string()).readonly(),
})
export type MetricEntry = z.output<typeof MetricEntry>

/** `GET /sandbox/metrics`: the metrics that have arrived, the latest first. */
export const MetricList = z.object({
  /** At most 1,000. */
  metrics: z.array(MetricEntry).readonly(),
  /** What is not in the list or in the answers, such as requests that cannot be read. */
  warnings: z.array(z.string()).readonly().optional(),
})
export type MetricList = z.output<typeof MetricList>

const attributeName = z.string().min(1, 'an attribute is missing').max(300)

const metricFilter = z.strictObject({
  attribute: attributeName,
  op: z.enum(METRIC_FILTER_OPERATORS),
  /** Compared as text: `200` matches the number 200 and the text "200". */
  value: z
    .union([
      z.string(),
      z.number(),
      z.boolean(),
      z.array(z.union([z.string(), z.number(), z.boolean()])).max(100),
    ])
    .optional(),
})
export type MetricFilter = z.output<typeof metricFilter>

/** Unix seconds. */
const seconds = z.number().min(0).max(8e9).optional()

/** `POST /sandbox/metrics/query`: a question about one metric. Times are as in a query specification. */
export const MetricQuestion = z.strictObject({
  name: z.string().min(1).max(1_000),
  /** Needed where several datasets or kinds have a metric of this name. */
  dataset: z.string().max(300).optional(),
  kind: z.string().max(30).optional(),
  /** By default the first of `calculationsOf`. */
  calculations: z.array(z.enum(METRIC_CALCULATIONS)).min(1).max(METRIC_LIMITS.calculations).optional(),
  /** All of them have to match. */
  filters: z.array(metricFilter).max(METRIC_LIMITS.filters).optional(),
  breakdowns: z.array(attributeName).max(METRIC_LIMITS.breakdowns).optional(),
  /** How many groups; by default 20. */
  limit: z.number().int().min(1).max(METRIC_LIMITS.groups).optional(),
  /** Width of a step, s. By default one that fits the range and how often the metric was sent. */
  granularity: z.number().int().min(0).optional(),
  start_time: seconds,
  end_time: seconds,
  /** s; by default an hour. */
  time_range: z.number().min(1).max(8e9).optional(),
})
export type MetricQuestion = z.output<typeof MetricQuestion>

const values = z.partialRecord(z.enum(METRIC_CALCULATIONS), z.array(z.number().nullable()).readonly())

const metricGroup = z.object({
  /** The value of each breakdown, as text; null where the time series have none. */
  key: z.array(z.string().nullable()).readonly(),
  /** Time series in the group. */
  series: z.number(),
  /** By calculation, one number for each step; null where nothing is known. Without HEATMAP. */
  values,
  /** By calculation, over the whole range. */
  totals: z.partialRecord(z.enum(METRIC_CALCULATIONS), z.number().nullable()),
})
export type MetricGroup = z.output<typeof metricGroup>

export const Exemplar = z.object({
  /** Epoch milliseconds. */
  atMs: z.number(),
  value: z.number(),
  /** 32 and 16 hex digits; empty for an exemplar outside any trace. */
  traceId: z.string(),
  spanId: z.string(),
  /** Index in `groups`. */
  group: z.number(),
  /** Whether the sandbox still has records of the trace. */
  isStored: z.boolean(),
})
export type Exemplar = z.output<typeof Exemplar>

export const MetricAnswer = z.object({
  metric,
  /** Unix seconds; `granularity` is the width of a step, s. The first step begins at `start`, a multiple of it. */
  range: z.object({ start: z.number(), end: z.number(), granularity: z.number() }),
  /** The largest first, by the first calculation. */
  groups: z.array(metricGroup).readonly(),
  /** All groups; `groups` has at most the limit. */
  groupCount: z.number(),
  /** Of all groups together, where HEATMAP was asked for. */
  heatmap: Heatmap.nullable(),
  /** Those of the listed groups in the range, the largest values of each step first; at most 200. */
  exemplars: z.array(Exemplar).readonly(),
  /** How often a cumulative value began again in the range, as after a restart. */
  resets: z.number(),
  /** Data points in the range that the filters left. */
  points: z.number(),
  /** Where no time series is left: the index of the filter that removed the last one. */
  emptiedBy: z.number().nullable(),
  warnings: z.array(z.string()).readonly(),
})
export type MetricAnswer = z.output<typeof MetricAnswer>
