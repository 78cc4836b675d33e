import { z } from 'zod'
import { RequestRow } from './lists.ts'

// What stored requests show about how the apps that sent them are wired.

/**
 * Two traces that look like one request: one has only spans, the other only segments. The rule is in
 * `sandbox/requests/twins/alike.ts`.
 */
export const Twins = z.object({
  /** The trace at Honeycomb. 32 hex digits */
  honeycomb: z.string(),
  /** The trace at X-Ray. 32 hex digits */
  xray: z.string(),
  /** The span's service. */
  service: z.string(),
  /** What X-Ray calls it. */
  segmentName: z.string(),
  /** Method and path: `GET /api/x`. */
  request: z.string(),
  /** HTTP status; null where neither has it. */
  status: z.number().nullable(),
  /** Start of the span, epoch ms. */
  startMs: z.number(),
  /** How long after the span the segment started, and ended; negative where it was earlier. ms */
  startApartMs: z.number(),
  endApartMs: z.number(),
})
export type Twins = z.output<typeof Twins>

/** `GET /sandbox/wiring` */
export const Wiring = z.object({
  /** Rows in the list that look like others, and how many requests they look like. */
  rows: z.number(),
  requests: z.number(),
  /** Further rows that look like more than one other, as like requests at one time do. */
  several: z.number(),
  /** The newest of them; at most 5. */
  examples: z.array(Twins).readonly(),
  /** How many of the newest traces with records of one provider were compared; `isAll`: these are all of them. */
  compared: z.number(),
  isAll: z.boolean(),
  /** False where reading was stopped after some time; the next call continues. */
  isComplete: z.boolean(),
  /**
   * Services of which all requests are at one provider although services reach the other; of those that once reached both,
   * all since then. Most requests first, at most 50.
   */
  oneSided: z
    .array(
      z.object({
        service: z.string(),
        only: z.enum(['honeycomb', 'xray']),
        requests: z.number(),
        /** They are few, so the other provider may get the next ones. */
        isSoFar: z.boolean(),
        /** Start of the last request that both have; null where they share none. Epoch ms */
        sinceMs: z.number().nullable(),
      }),
    )
    .readonly(),
})
export type Wiring = z.output<typeof Wiring>

/** An occurrence that names no trace, near a request that failed. */
const StrayOccurrence = z.object({
  id: z.number(),
  itemId: z.number(),
  title: z.string(),
  /** Epoch seconds. */
  timestampS: z.number(),
  /** Whether it fits another request as well. */
  isSeveral: z.boolean(),
})
export type StrayOccurrence = z.output<typeof StrayOccurrence>

/** `GET /sandbox/traces/<id>/twins`: other rows, and errors, that look like they are of the same request. At most 5 each. */
export const TraceTwins = z.object({
  twins: z.array(Twins.extend({ row: RequestRow })).readonly(),
  /** Without `twins`: those that look like it where more than one does. */
  several: z.array(RequestRow).readonly(),
  errors: z.array(StrayOccurrence).readonly(),
})
export type TraceTwins = z.output<typeof TraceTwins>

/**
 * `GET /sandbox/errors/<id>/requests?newest=&oldest=`: the failed requests near the item's occurrences that name no trace, of
 * those with ids in this range. At most 20 occurrences.
 */
export const ErrorRequests = z.object({
  found: z
    .array(
      z.object({
        /** The occurrence. */
        id: z.number(),
        /** The newest; at most 5. Two rows that look like one request are both here. */
        rows: z.array(RequestRow).readonly(),
        /** Whether they are more than one request. */
        isSeveral: z.boolean(),
      }),
    )
    .readonly(),
})
export type ErrorRequests = z.output<typeof ErrorRequests>
