import { z } from 'zod'
import { Attributes, SpanLink } from './trace.ts'

/**
 * `GET /sandbox/traces/<id>/lenses`: one trace as the viewer draws it. All times are milliseconds since `originMs`, and
 * resources that many spans share are listed once.
 */
export const LensSpan = z.object({
  id: z.string(),
  parentId: z.string(),
  name: z.string(),
  kind: z.string(),
  service: z.string(),
  /** Index in `resources`. */
  resource: z.number(),
  scope: z.string(),
  startMs: z.number(),
  endMs: z.number(),
  status: z.string(),
  statusMessage: z.string(),
  attributes: Attributes,
  events: z.array(z.object({ name: z.string(), atMs: z.number(), attributes: Attributes })).readonly(),
  links: z.array(SpanLink).readonly(),
  /** Attributes, events and links that the SDK dropped. */
  dropped: z.number(),
})
export type LensSpan = z.output<typeof LensSpan>

export const LensLog = z.object({
  spanId: z.string(),
  atMs: z.number(),
  severity: z.string(),
  severityNumber: z.number(),
  body: z.unknown(),
  service: z.string(),
  attributes: Attributes,
})
export type LensLog = z.output<typeof LensLog>

/** A segment or a subsegment. */
export const LensSegment = z.object({
  id: z.string(),
  parentId: z.string(),
  name: z.string(),
  isSubsegment: z.boolean(),
  /** Index of the document that contains it. */
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
  /** Rollbar keeps whole seconds. */
  atMs: z.number(),
  spanId: z.string(),
  data: z.unknown(),
})
export type LensOccurrence = z.output<typeof LensOccurrence>

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
