import { z } from 'zod'

/** One kind of telemetry to one provider, counted since the process began: spans, log records, metrics or errors. */
const deliverySchema = z.object({
  enabled: z.literal(true),
  /** Answered 2xx, and not rejected in that answer. */
  accepted: z.int(),
  /** Rejected by the provider, or never delivered. */
  refused: z.int(),
  /** Given up before sending: a full queue, a rate limit, a socket error. */
  dropped: z.int(),
  /** Sent without proof of receipt: by UDP, or with an answer that was cut off. */
  unconfirmed: z.int(),
  /** Waiting to be sent, or for an answer. */
  pending: z.int(),
  /** Whether the last attempt failed. Where it did not, `lastError` is history. */
  failing: z.boolean(),
  /** `at`: ISO 8601. */
  lastError: z.object({ at: z.string(), message: z.string() }).optional(),
  /** Ids of the last 500 traces of which a record was accepted or, by UDP, sent; in order of time. */
  recentTraceIds: z.array(z.string()).readonly(),
})

const streamSchema = z.discriminatedUnion('enabled', [
  deliverySchema,
  /** `pipeline: 'collector'`: this process sends to a collector, which sends to the provider. */
  z.object({ enabled: z.literal(false), pipeline: z.literal('collector').optional() }),
])

/** What a sampling rule has decided in this process since the process read it as it is now. */
const ruleDecisionsSchema = z.object({
  name: z.string(),
  /** The share of the requests that the reservoir does not keep, 0 to 1. */
  fixedRate: z.number(),
  since: z.iso.datetime(),
  /** Without those whose caller decided, and those that another rule matched. */
  requests: z.int(),
  sampled: z.int(),
  /** Of the sampled ones, those that the reservoir kept; the fixed rate kept the others. */
  fromReservoir: z.int(),
  /** Of those from the reservoir, the ones that were kept before the process had a share of it: one a second. */
  borrowed: z.int(),
})

/** The answer of each backend process at `GET /health/telemetry`. */
export const telemetryHealthSchema = z.object({
  service: z.string(),
  sampler: z.object({
    name: z.string(),
    /** True while the sampler `xray` works without X-Ray's rules: it keeps one trace a second and 5 % of the rest. */
    fallback: z.boolean(),
    /** Why X-Ray’s rules cannot be read at present; absent while they can. */
    failure: z.string().optional(),
    /** X-Ray's rules that can match the requests of this process, in the order in which they are tried. */
    rules: z.array(ruleDecisionsSchema).readonly().optional(),
  }),
  /** Spans to Honeycomb, segments or spans to X-Ray, errors to Rollbar. */
  providers: z.object({ honeycomb: streamSchema, xray: streamSchema, rollbar: streamSchema }),
  /** Log records and metrics, which go to Honeycomb too. */
  logs: streamSchema,
  metrics: streamSchema,
})

export type TelemetryStream = Readonly<z.infer<typeof streamSchema>>
export type TelemetryHealth = Readonly<z.infer<typeof telemetryHealthSchema>>
export type SamplerHealth = TelemetryHealth['sampler']
export type RuleDecisionsHealth = Readonly<z.infer<typeof ruleDecisionsSchema>>
