import { z } from 'zod'

/** One kind of telemetry to one provider, counted since the process began. */
const deliverySchema = z.object({
  enabled: z.literal(true),
  /** Answered 2xx, or, for UDP, sent. */
  accepted: z.int(),
  /** Refused by the provider, or never delivered. */
  refused: z.int(),
  /** Given up before sending: a full queue, a rate limit, a document too large. */
  dropped: z.int(),
  /** On their way. */
  pending: z.int(),
  /** `at`: ISO 8601. */
  lastError: z.object({ at: z.string(), message: z.string() }).optional(),
  /** The newest trace ids of which something was accepted, oldest first. */
  recentTraceIds: z.array(z.string()).readonly(),
})

const streamSchema = z.discriminatedUnion('enabled', [
  deliverySchema,
  /** `pipeline`: a collector sends to this provider instead. */
  z.object({ enabled: z.literal(false), pipeline: z.literal('collector').optional() }),
])

/** The answer of each backend process at `GET /health/telemetry`. */
export const telemetryHealthSchema = z.object({
  service: z.string(),
  sampler: z.object({
    name: z.string(),
    /** True until X-Ray's rules have arrived. */
    fallback: z.boolean(),
  }),
  /** Spans to Honeycomb, segments to X-Ray, items to Rollbar. */
  providers: z.object({ honeycomb: streamSchema, xray: streamSchema, rollbar: streamSchema }),
  /** Log records and metrics, which go to Honeycomb too. */
  logs: streamSchema,
  metrics: streamSchema,
})

export type TelemetryStream = Readonly<z.infer<typeof streamSchema>>
export type TelemetryHealth = Readonly<z.infer<typeof telemetryHealthSchema>>
