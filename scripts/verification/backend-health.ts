import { z } from 'zod'
import { getJson } from '../providers/evidence.ts'

const Delivery = z.object({
  enabled: z.boolean(),
  /** Where somebody else sends in its place. */
  pipeline: z.string().optional(),
  accepted: z.number().default(0),
  recentTraceIds: z.array(z.string()).default([]),
  lastError: z.object({ at: z.string(), message: z.string() }).optional(),
})

const Health = z.object({
  service: z.string(),
  sampler: z.object({ name: z.string(), fallback: z.boolean() }),
  providers: z.object({ honeycomb: Delivery, xray: Delivery, rollbar: Delivery }),
})

/** What a backend process tells of its telemetry at `GET /health/telemetry`. */
export type BackendHealth = z.infer<typeof Health>

/** Undefined where nothing answers, or what answers is not one of ours. */
export async function readBackendHealth(url: string): Promise<BackendHealth | undefined> {
  return Health.safeParse(await getJson(`${url}/health/telemetry`)).data
}
