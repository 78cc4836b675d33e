import { z } from 'zod'
import { Container } from '../container.ts'

/** `GET /health` of the sandbox. */
export const SandboxHealth = z.object({
  status: z.literal('ok'),
  service: z.literal('sandbox'),
  pid: z.number(),
  container: Container.optional(),
  /** The last write that the disk refused: time (ISO 8601) and message. */
  diskRefusal: z.object({ at: z.string(), message: z.string() }).optional(),
  /** Counts since the sandbox was started. */
  providers: z.object({
    honeycomb: z.object({
      spans: z.number(),
      logs: z.number(),
      metricPoints: z.number(),
      /** Spans with invalid ids. */
      rejected: z.number(),
      /** The port for OTLP over gRPC; undefined where the sandbox does not listen for it. */
      grpcPort: z.number().optional(),
    }),
    xray: z.object({
      /** `host:port` for segments; null where the daemon's address belongs to another machine. */
      udp: z.string().nullable(),
      /** Segment documents stored. */
      received: z.number(),
      /** Datagrams and documents that were not stored, and the reason for the last one. */
      dropped: z.number(),
      lastDrop: z.string(),
      /** Documents that were stored, and which X-Ray would not find: dated before its 30 days, or in the future. */
      outsideRetention: z.number().default(0),
      /** Bytes that the system granted; Linux reports twice the requested size. */
      receiveBufferBytes: z.number().optional(),
      /** Datagrams that the kernel dropped because the receive buffer was full; undefined where it does not tell. */
      kernelDrops: z.number().optional(),
    }),
    rollbar: z.object({ items: z.number(), refused: z.number() }),
  }),
})
export type SandboxHealth = z.output<typeof SandboxHealth>

const Mode = z.enum(['live', 'local', 'off'])

/** A request that one of the providers' routes answered with an HTTP error, counted by reason. */
export const HttpErrorCount = z.object({
  provider: z.enum(['honeycomb', 'xray', 'rollbar']),
  path: z.string(),
  status: z.number(),
  /** The status of a call over gRPC: `UNAUTHENTICATED`. */
  grpcStatus: z.string().optional(),
  message: z.string(),
  count: z.number(),
  /** Epoch milliseconds. */
  lastMs: z.number(),
})
export type HttpErrorCount = z.output<typeof HttpErrorCount>

/** What the sandbox did not take from web pages of one origin, or let them read. */
export const ForeignPage = z.object({
  /** `https://shop.example`; empty where the browser named none. */
  origin: z.string(),
  /** Why, and what to do if the page is yours. */
  message: z.string(),
  count: z.number(),
  /** Epoch milliseconds. */
  lastMs: z.number(),
})
export type ForeignPage = z.output<typeof ForeignPage>

/** A field that a client must send and does not, in requests that were answered nevertheless. */
export const ClientMistake = z.object({
  provider: z.enum(['honeycomb', 'xray', 'rollbar']),
  client: z.string(),
  operation: z.string(),
  missing: z.string(),
  /** What it sends in place of the field; null for nothing. */
  sent: z.string().nullable(),
  /** Requests. */
  count: z.number(),
  /** Epoch milliseconds. */
  lastMs: z.number(),
})
export type ClientMistake = z.output<typeof ClientMistake>

/** A sampling rule, and what clients have reported for it within the last hour. */
export const RuleUse = z.object({
  name: z.string(),
  priority: z.number(),
  fixedRate: z.number(),
  reservoir: z.number(),
  service: z.string(),
  method: z.string(),
  path: z.string(),
  requests: z.number(),
  sampled: z.number(),
  /** Requests that were sampled from the reservoir before the client had a quota. */
  borrowed: z.number(),
})
export type RuleUse = z.output<typeof RuleUse>

/** `GET /sandbox/providers`. */
export const ProvidersRead = z.object({
  honeycomb: z.object({
    mode: Mode,
    /** Where a live Honeycomb shows traces, for links; null where unknown. */
    live: z.object({ ui: z.string(), team: z.string(), environment: z.string().optional() }).nullable(),
  }),
  xray: z.object({ mode: Mode, region: z.string(), pipeline: z.enum(['sdk', 'otlp', 'collector']) }),
  rollbar: z.object({ mode: Mode }),
  /** Records in each of the last 15 minutes, the oldest minute first. */
  received: z.record(z.enum(['spans', 'logs', 'segments', 'occurrences']), z.array(z.number()).readonly()),
  /** Since the sandbox was started. */
  counts: z.object({
    spansRejected: z.number(),
    metricPoints: z.number(),
    segmentsDropped: z.number(),
    segmentsOutsideRetention: z.number(),
    lastDrop: z.string(),
    kernelDrops: z.number().nullable(),
  }),
  /** The latest first. */
  httpErrors: z.array(HttpErrorCount).readonly(),
  /** Not among the HTTP errors, which any page in the browser could fill. The latest first; earlier sandboxes have none. */
  foreignPages: z.array(ForeignPage).readonly().default([]),
  /** The latest first. */
  clientMistakes: z.array(ClientMistake).readonly(),
  /** In the order of their priority. */
  rules: z.array(RuleUse).readonly(),
  /**
   * Requests of a time that the machine's clock has not reached: it was ahead when they came, or has been set back since. Lists
   * have them last, and the map does not have them.
   */
  futureRequests: z.number().default(0),
  /** Any trace has been deleted: the store deletes its oldest records when it is full. */
  pruned: z.boolean(),
})
export type ProvidersRead = z.output<typeof ProvidersRead>
