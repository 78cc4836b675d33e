import { z } from 'zod'
import { Attributes, LogRecord, Span } from './trace.ts'

/** A lens is one provider's view of a trace. Each time (`…Ms`) is in milliseconds since `originMs` of `TraceLenses`. */
export const LensSpan = Span.pick({
  name: true,
  kind: true,
  service: true,
  attributes: true,
}).extend({
  id: z.string(),
  parentId: z.string(),
  /** Index in `resources`. */
  resource: z.number(),
  scope: z.string(),
  startMs: z.number(),
  endMs: z.number(),
  status: z.string(),
  statusMessage: z.string(),
  events: z.array(z.object({ name: z.string(), atMs: z.number(), attributes: Attributes })).readonly(),
  links: z.array(z.object({ traceId: z.string(), spanId: z.string(), attributes: Attributes })).readonly(),
  /** Attributes, events and links that the SDK dropped. */
  dropped: z.number(),
})
export type LensSpan = z.output<typeof LensSpan>

export const LensLog = LogRecord.pick({
  spanId: true,
  severityNumber: true,
  body: true,
  service: true,
  attributes: true,
}).extend({ atMs: z.number(), severity: z.string() })
export type LensLog = z.output<typeof LensLog>

/** A segment or a subsegment. */
export const LensSegment = z.object({
  id: z.string(),
  parentId: z.string(),
  name: z.string(),
  isSubsegment: z.boolean(),
  /** From 0 to `documents` − 1; equal for a segment and the subsegments in its document. */
  document: z.number(),
  startMs: z.number(),
  /** Null while it is in progress. */
  endMs: z.number().nullable(),
  outcome: z.enum(['ok', 'error', 'fault', 'throttle']),
  /** The document without its subsegments. */
  fields: z.record(z.string(), z.unknown()),
})
export type LensSegment = z.output<typeof LensSegment>

export const LensOccurrence = z.object({
  uuid: z.string(),
  itemId: z.number(),
  /** Precise to a second, because Rollbar stores whole seconds. */
  atMs: z.number(),
  spanId: z.string(),
  data: z.unknown(),
})
export type LensOccurrence = z.output<typeof LensOccurrence>

/**
 * `GET /sandbox/traces/<id>/lenses`: one trace as the viewer draws it, on one axis of time. Resources that many spans
 * share are listed once.
 */
export const TraceLenses = z.object({
  traceId: z.string(),
  xrayTraceId: z.string(),
  pruned: z.boolean(),
  /** Epoch milliseconds of the earliest record. */
  originMs: z.number(),
  resources: z.array(Attributes).readonly(),
  spans: z.array(LensSpan).readonly(),
  logs: z.array(LensLog).readonly(),
  segments: z.array(LensSegment).readonly(),
  /** Number of segment documents. */
  documents: z.number(),
  occurrences: z.array(LensOccurrence).readonly(),
})
export type TraceLenses = z.output<typeof TraceLenses>
