import { z } from 'zod'

/**
 * A value of an attribute. Integers beyond 2^53, NaN and the infinities are text, and bytes are
 * `{"bytesValue": "<base64>"}`, because JSON cannot represent them.
 */
export type Attribute =
  | string
  | number
  | boolean
  | null
  | readonly Attribute[]
  | { readonly [key: string]: Attribute }

/** Rejects only undefined, because every JSON value is a valid Attribute. */
const Attribute = z.custom<Attribute>((value) => value !== undefined)
export const Attributes = z.record(z.string(), Attribute)
export type Attributes = Readonly<Record<string, Attribute>>

const Scope = z.object({
  name: z.string(),
  version: z.string(),
  attributes: Attributes,
  schemaUrl: z.string(),
})
export type Scope = z.output<typeof Scope>

/** What all records of one OpenTelemetry resource share. */
const origin = {
  service: z.string(),
  /**
   * Honeycomb's dataset: the service's name. It is `unknown_service` for spans and `unknown_log_source` for logs of an
   * unknown service. With a key of Honeycomb Classic it is the value of the header x-honeycomb-dataset.
   */
  dataset: z.string(),
  resource: Attributes,
  resourceSchemaUrl: z.string(),
}

const SpanEvent = z.object({
  name: z.string(),
  timeUnixNano: z.string(),
  attributes: Attributes,
  droppedAttributesCount: z.number(),
})

const SpanLink = z.object({
  traceId: z.string(),
  spanId: z.string(),
  traceState: z.string(),
  flags: z.number(),
  attributes: Attributes,
  droppedAttributesCount: z.number(),
})

/** One span, in the same shape whether it was sent as protobuf or as JSON. */
export const Span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  /** Empty for a root. */
  parentSpanId: z.string(),
  name: z.string(),
  /** `SERVER`, `CLIENT`, … */
  kind: z.string(),
  /** Epoch nanoseconds in decimal digits, which exceed a JSON number. */
  startTimeUnixNano: z.string(),
  endTimeUnixNano: z.string(),
  durationMs: z.number(),
  ...origin,
  scope: Scope,
  attributes: Attributes,
  events: z.array(SpanEvent).readonly(),
  links: z.array(SpanLink).readonly(),
  /** `code`: `UNSET`, `OK` or `ERROR`. */
  status: z.object({ code: z.string(), message: z.string() }),
  traceState: z.string(),
  flags: z.number(),
  droppedAttributesCount: z.number(),
  droppedEventsCount: z.number(),
  droppedLinksCount: z.number(),
})
export type Span = z.output<typeof Span>

export const LogRecord = z.object({
  /** Empty for a record outside any trace. */
  traceId: z.string(),
  spanId: z.string(),
  timeUnixNano: z.string(),
  observedTimeUnixNano: z.string(),
  severityNumber: z.number(),
  severityText: z.string(),
  eventName: z.string(),
  body: Attribute,
  ...origin,
  scope: Scope,
  attributes: Attributes,
  flags: z.number(),
  droppedAttributesCount: z.number(),
})
export type LogRecord = z.output<typeof LogRecord>

/** A segment document as it was sent. The sandbox has checked these fields only; all others pass through unread. */
export const SegmentDocument = z.looseObject({
  id: z.string(),
  trace_id: z.string(),
  name: z.string(),
  /** Epoch seconds. */
  start_time: z.number(),
})
export type SegmentDocument = z.output<typeof SegmentDocument>

/** An occurrence, as Rollbar's `/api/1/instance/<id>` answers it. `data` is the payload that was sent, without tokens. */
export const RollbarInstance = z.object({
  id: z.number(),
  project_id: z.number(),
  item_id: z.number(),
  /** Epoch seconds. */
  timestamp: z.number(),
  version: z.number(),
  data: z.looseObject({ uuid: z.string() }),
  billable: z.number(),
})
export type RollbarInstance = z.output<typeof RollbarInstance>

/** `GET /sandbox/traces/<id>`: all records of one trace, by provider. */
export const SandboxTrace = z.object({
  traceId: z.string(),
  honeycomb: z.object({ spans: z.array(Span).readonly(), logs: z.array(LogRecord).readonly() }),
  xray: z.object({ segments: z.array(SegmentDocument).readonly() }),
  /** `items` are occurrences. */
  rollbar: z.object({ items: z.array(RollbarInstance).readonly() }),
  /** Some of its records have been deleted: the store deletes its oldest records when it is full. */
  pruned: z.boolean(),
})
export type SandboxTrace = z.output<typeof SandboxTrace>
