import { z } from 'zod'
import { Attributes } from './trace.ts'

/** The sandbox's lists: traces, metrics, and what the viewer's pages of requests, errors and logs read. */

/** `GET /sandbox/traces`: each provider's own count of records; no count is derived from another's. */
export const TraceEntry = z.object({
  traceId: z.string(),
  /** ISO 8601. */
  startedAt: z.string(),
  durationMs: z.number(),
  services: z.array(z.string()).readonly(),
  rootName: z.string(),
  spans: z.number(),
  segments: z.number(),
  items: z.number(),
  error: z.boolean(),
  /** Some of its records have been deleted, because the store is bounded. */
  pruned: z.boolean(),
})
export type TraceEntry = z.output<typeof TraceEntry>
export const TraceList = z.object({ traces: z.array(TraceEntry).readonly() })
export type TraceList = z.output<typeof TraceList>

/** `GET /sandbox/metrics`: the metrics that have arrived, the latest first. */
export const MetricList = z.object({
  metrics: z
    .array(
      z.object({
        dataset: z.string(),
        name: z.string(),
        kind: z.string(),
        unit: z.string(),
        /** Data points received. */
        points: z.number(),
        /** ISO 8601. */
        lastWrittenAt: z.string(),
      }),
    )
    .readonly(),
})
export type MetricList = z.output<typeof MetricList>

/** `GET /sandbox/requests`: the viewer's list. */
export const RequestRow = TraceEntry.omit({ startedAt: true, rootName: true }).extend({
  /** Epoch milliseconds. */
  startMs: z.number(),
  name: z.string(),
  /** HTTP status of the root; null where no record tells it. */
  status: z.number().nullable(),
  /** The row's position in the order of the list; `after=` continues behind it. */
  place: z.string(),
})
export type RequestRow = z.output<typeof RequestRow>
export const RequestPage = z.object({
  requests: z.array(RequestRow).readonly(),
  /** Continues the search behind the last trace that was looked at; null at the end. */
  next: z.string().nullable(),
  /** How far back the search has come, epoch milliseconds. */
  reachedMs: z.number().nullable(),
})
export type RequestPage = z.output<typeof RequestPage>

/** `GET /sandbox/latency`: start (epoch ms), duration (ms), whether it failed, trace id. */
export const LatencyPoint = z
  .tuple([z.number(), z.number(), z.union([z.literal(0), z.literal(1)]), z.string()])
  .readonly()
export type LatencyPoint = z.output<typeof LatencyPoint>
export const LatencyPoints = z.object({ points: z.array(LatencyPoint).readonly() })
export type LatencyPoints = z.output<typeof LatencyPoints>

/** One event of `GET /sandbox/live` (server-sent events). */
export const LiveEvent = z.object({
  /** New and changed traces that match the watcher's filter. */
  requests: z.array(RequestRow).readonly(),
  /** How many log records and occurrences have arrived since the last event. */
  logs: z.number(),
  occurrences: z.number(),
})
export type LiveEvent = z.output<typeof LiveEvent>

const Item = z.object({
  id: z.number(),
  fingerprint: z.string(),
  environment: z.string(),
  title: z.string(),
  level: z.string(),
  platform: z.string(),
  framework: z.string(),
  /** Epoch seconds. */
  firstS: z.number(),
  lastS: z.number(),
  firstOccurrenceId: z.number(),
  lastOccurrenceId: z.number(),
  total: z.number(),
})
export type Item = z.output<typeof Item>

/** `GET /sandbox/errors`: Rollbar's items, the latest first. */
const ErrorItem = Item.extend({
  /** Occurrences in equal stretches of time between `fromS` and `toS`, the oldest first. */
  spread: z.array(z.number()).readonly(),
  lastTraceId: z.string().nullable(),
})
export type ErrorItem = z.output<typeof ErrorItem>
export const ErrorList = z.object({
  items: z.array(ErrorItem).readonly(),
  /** Epoch seconds. */
  fromS: z.number(),
  toS: z.number(),
  total: z.number(),
})
export type ErrorList = z.output<typeof ErrorList>

/** `GET /sandbox/errors/<id>`: one item and a page of its occurrences, the newest first. */
export const ErrorOccurrence = z.object({
  id: z.number(),
  uuid: z.string(),
  itemId: z.number(),
  timestampS: z.number(),
  traceId: z.string().nullable(),
  data: z.unknown(),
})
export type ErrorOccurrence = z.output<typeof ErrorOccurrence>
export const ErrorDetail = z.object({
  item: Item,
  occurrences: z.array(ErrorOccurrence).readonly(),
  /** The number of the next page. */
  next: z.number().nullable(),
})
export type ErrorDetail = z.output<typeof ErrorDetail>

/** `GET /sandbox/logs`: log records, the latest first. */
export const LogEntry = z.object({
  /** Grows with the order of arrival. */
  row: z.number(),
  /** Epoch milliseconds. */
  atMs: z.number(),
  severity: z.string(),
  severityNumber: z.number(),
  body: z.string(),
  service: z.string(),
  traceId: z.string(),
  spanId: z.string(),
  attributes: Attributes,
})
export type LogEntry = z.output<typeof LogEntry>
export const LogPage = z.object({ logs: z.array(LogEntry).readonly(), next: z.number().nullable() })
export type LogPage = z.output<typeof LogPage>
