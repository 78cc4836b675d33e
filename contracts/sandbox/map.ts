import { z } from 'zod'
import { MAP_GROUPINGS } from './map-words.ts'

/** Requests by their outcome, as X-Ray counts them, and how long they took. */
const figures = z.object({
  requests: z.number(),
  /** The client's: 4xx, also the throttled ones. */
  errors: z.number(),
  /** The service's: 5xx. */
  faults: z.number(),
  /** Milliseconds, to two significant digits. Null while no request has ended. */
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
  p99Ms: z.number().nullable(),
})
export type MapFigures = z.output<typeof figures>

/** An X-Ray filter expression that finds the requests; null where none does. */
const filter = z.string().nullable()

export const MapNode = figures.extend({
  /** The same in each answer as long as the grouping is. */
  id: z.string(),
  /**
   * `clients`: who calls a service where traces enter. `service`: it has sent segments. `called`: only its callers'
   * subsegments name it, as with a database.
   */
  kind: z.enum(['clients', 'service', 'called']),
  /** For `clients` the service that they call. Empty where `others` counts several services. */
  service: z.string(),
  /** X-Ray's: `Database::SQL`, `AWS::DynamoDB`, `remote`, or the segment's origin. */
  type: z.string().nullable(),
  /** By route: `GET /api/messages/@:handle`, `SELECT activities`, `PutItem`. Null for all that the service is asked. */
  name: z.string().nullable(),
  /** The query of a database call, with `?` for values. */
  query: z.string().nullable(),
  /** How many services, or routes of the service, are folded into this node; 0 for a node of one. */
  others: z.number(),
  filter,
})
export type MapNode = z.output<typeof MapNode>

/** Calls, as the caller timed them. */
export const MapEdge = figures.extend({
  /** Ids of nodes. */
  from: z.string(),
  to: z.string(),
  filter,
})
export type MapEdge = z.output<typeof MapEdge>

/**
 * `GET /sandbox/map?minutes=60&by=service|route&verify=folded|shown`: which service calls which, from X-Ray's segments.
 * Of very many services or routes it has the busiest, and the rest as nodes with `others`.
 */
export const ServiceMap = z.object({
  by: z.enum(MAP_GROUPINGS),
  /** The time that the figures are of, epoch milliseconds. */
  fromMs: z.number(),
  toMs: z.number(),
  /** When the first request in that time began, epoch milliseconds; null without one. */
  firstMs: z.number().nullable(),
  /** How many traces have been read. */
  traces: z.number(),
  /** False if there are older traces in the range that was asked for, so that `fromMs` is later. */
  isComplete: z.boolean(),
  /** How many requests of `npm run verify` count as clients of the service that they call; 0 with `verify=shown`. */
  verifyRequests: z.number(),
  nodes: z.array(MapNode).readonly(),
  edges: z.array(MapEdge).readonly(),
})
export type ServiceMap = z.output<typeof ServiceMap>
