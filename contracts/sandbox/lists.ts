import { z } from 'zod'
import { LogRecord } from './trace.ts'

// Responses of the sandbox's list endpoints.

/** A trace, with each provider's own count of records. A difference between the counts shows a loss. */
export const TraceEntry = z.object({
  traceId: z.string(),
  /** ISO 8601. */
  startedAt: z.string(),
  /**
   * From the start of the earliest record to the end of the latest, milliseconds. Longer than the root's where work went on
   * after the answer: a page that shows the root's duration too says which of the two it is.
   */
  durationMs: z.number(),
  services: z.array(z.string()).readonly(),
  rootName: z.string(),
  spans: z.number(),
  segments: z.number(),
  /** Rollbar's occurrences. */
  items: z.number(),
  error: z.boolean(),
  /** Some of its records have been deleted: the store deletes its oldest records when it is full. */
  pruned: z.boolean(),
})
export type TraceEntry = z.output<typeof TraceEntry>

/** `GET /sandbox/traces` */
export const TraceList = z.object({ traces: z.array(TraceEntry).readonly() })
export type TraceList = z.output<typeof TraceList>

/** `GET /sandbox/missing-segments?service=&traces=`: those of the traces of which the service's segment has not arrived. */
export const MissingSegments = z.object({ traceIds: z.array(z.string()).readonly() })
export type MissingSegments = z.output<typeof MissingSegments>

/** A row in the viewer's list of requests: a trace with its HTTP status. */
export const RequestRow = TraceEntry.omit({ startedAt: true, rootName: true }).extend({
  /** Epoch milliseconds. */
  startMs: z.number(),
  name: z.string(),
  /** HTTP status of the root; null where no record has it. */
  status: z.number().nullable(),
  /** Cursor of the default order: `?after=<place>` lists the rows that follow, which are older. */
  place: z.string(),
})
export type RequestRow = z.output<typeof RequestRow>

/** `GET /sandbox/requests` */
export const RequestPage = z.object({
  requests: z.array(RequestRow).readonly(),
  /**
   * Cursor of the next page, of the same filters and order; null at the end. A page may be short or empty and still have
   * a next one, because a search by an X-Ray filter expression stops after some time.
   */
  next: z.string().nullable(),
  /** Start of the oldest trace that the search has read, epoch milliseconds; null for other orders than the default. */
  reachedMs: z.number().nullable(),
})
export type RequestPage = z.output<typeof RequestPage>

const named = z.object({ name: z.string(), count: z.number() })

/**
 * `GET /sandbox/requests/menus`: what the list's menus offer, over all stored requests. `count` is of the requests that match
 * the other filters. The most frequent name is first; names that none of them has are last, with 0. At most 500.
 */
export const RequestMenus = z.object({
  services: z.array(named).readonly(),
  routes: z.array(named).readonly(),
  /** How many different names there are. */
  serviceCount: z.number(),
  routeCount: z.number(),
  /** Requests that match all filters. */
  matching: z.number(),
  /** All stored requests. */
  stored: z.number(),
  /** Of the durations of those that match all filters, milliseconds; 0 where none does. */
  p95Ms: z.number(),
  longestMs: z.number(),
  /** False where some requests have not been compared with the X-Ray filter expression yet; they count as not matching. */
  isComplete: z.boolean(),
})
export type RequestMenus = z.output<typeof RequestMenus>

/**
 * `GET /sandbox/traces/<id>/peers`: other requests of the same route, for a comparison. A route is the name of the
 * request's root. Null where there is none.
 */
export const TracePeers = z.object({
  route: z.string(),
  /** How many other requests of the route are stored. */
  count: z.number(),
  /** Milliseconds; of all stored requests of the route. */
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
  /** One without an error, as fast as the fastest quarter of all, and faster than this request. */
  fast: RequestRow.nullable(),
  /** One as slow as the slowest 5 % of all, and slower than this request. */
  slow: RequestRow.nullable(),
})
export type TracePeers = z.output<typeof TracePeers>

/** Start (epoch ms), duration (ms), whether the request failed, trace id. */
export const LatencyPoint = z
  .tuple([z.number(), z.number(), z.union([z.literal(0), z.literal(1)]), z.string()])
  .readonly()
export type LatencyPoint = z.output<typeof LatencyPoint>

/**
 * `GET /sandbox/latency`: the requests that match, from the oldest to the newest stored one. Of more than 2,000 it has the
 * slowest failed and the slowest ones of each slice of time, and an even choice of the others.
 */
export const LatencyPoints = z.object({
  points: z.array(LatencyPoint).readonly(),
  /** How many requests match. */
  matching: z.number(),
  /** As in `RequestMenus`. */
  isComplete: z.boolean(),
})
export type LatencyPoints = z.output<typeof LatencyPoints>

/** An event of `GET /sandbox/live` (server-sent events). */
export const LiveEvent = z.object({
  /** New and changed traces that match the watcher's filter. */
  requests: z.array(RequestRow).readonly(),
  /** How many log records and occurrences have arrived since the last event. */
  logs: z.number(),
  occurrences: z.number(),
})
export type LiveEvent = z.output<typeof LiveEvent>

/** Rollbar's group of equal occurrences. */
const Item = z.object({
  id: z.number(),
  fingerprint: z.string(),
  environment: z.string(),
  title: z.string(),
  level: z.string(),
  platform: z.string(),
  framework: z.string(),
  /** Of the last occurrence: its route, else the name of its trace's root, else method and path. Empty if none is known. */
  route: z.string(),
  /** Of the last occurrence: the innermost call of the application's own, `backend/api/home.ts:13 in load`; or empty. */
  place: z.string(),
  /** The last exception's message where the title lacks it. */
  message: z.string(),
  /** Epoch seconds. */
  firstS: z.number(),
  lastS: z.number(),
  firstOccurrenceId: z.number(),
  lastOccurrenceId: z.number(),
  /** All its occurrences, also those that the store has deleted. */
  total: z.number(),
})
export type Item = z.output<typeof Item>

/** `GET /sandbox/errors`: Rollbar's items, the latest first. */
export const ErrorList = z.object({
  items: z
    .array(
      Item.extend({
        /** Histogram between `fromS` and `toS` of its occurrences among the newest 2,000 of all items. */
        spread: z.array(z.number()).readonly(),
        /** Null where the last occurrence names no trace. */
        lastTraceId: z.string().nullable(),
      }),
    )
    .readonly(),
  /** Epoch seconds. */
  fromS: z.number(),
  toS: z.number(),
  /** The number of all items; `items` has at most 200. */
  total: z.number(),
})
export type ErrorList = z.output<typeof ErrorList>

export const ErrorOccurrence = z.object({
  id: z.number(),
  uuid: z.string(),
  itemId: z.number(),
  /** Epoch seconds. */
  timestampS: z.number(),
  /** 32 hex digits. */
  traceId: z.string().nullable(),
  data: z.unknown(),
})
export type ErrorOccurrence = z.output<typeof ErrorOccurrence>

/** `GET /sandbox/errors/<id>`: one item and a page of its occurrences, the newest first. */
export const ErrorDetail = z.object({
  item: Item,
  occurrences: z.array(ErrorOccurrence).readonly(),
  /** The number of the next page. */
  next: z.number().nullable(),
})
export type ErrorDetail = z.output<typeof ErrorDetail>

export const LogEntry = LogRecord.pick({
  traceId: true,
  spanId: true,
  severityNumber: true,
  service: true,
  attributes: true,
}).extend({
  /** Grows with the order of arrival. */
  row: z.number(),
  /** Its position in the list, epoch milliseconds. */
  atMs: z.number(),
  /** Whose time that is. Not the record's where that is 0, before 2000, or more than a day after its arrival. */
  timeFrom: z.enum(['record', 'observation', 'arrival']),
  /** The record's own time, epoch milliseconds; 0 where it has none. */
  ownMs: z.number(),
  severity: z.string(),
  body: z.string(),
})
export type LogEntry = z.output<typeof LogEntry>

/** `GET /sandbox/logs`: log records in the order of their times, the latest first. */
export const LogPage = z.object({
  logs: z.array(LogEntry).readonly(),
  /** Cursor of the next page (`?before=`); null at the end. A page may be short or empty and still have a next one. */
  next: z.string().nullable(),
})
export type LogPage = z.output<typeof LogPage>
