import { z } from 'zod'
import { getJson } from '../machine/http-json.ts'

const TIMEOUT_MS = 1000

const count = z.number().optional().catch(undefined)

const providerHealth = z.looseObject({
  mode: z.string().optional().catch(undefined),
  accepted: count,
  refused: count,
  dropped: count,
  /** A sentence, or an object with one. */
  lastError: z.unknown().optional(),
})

const telemetrySchema = z.looseObject({
  providers: z.record(z.string(), providerHealth).optional().catch(undefined),
  sampler: z
    .looseObject({
      name: z.string().optional().catch(undefined),
      fallback: z.boolean().optional().catch(undefined),
    })
    .optional()
    .catch(undefined),
})

export type TelemetryHealth = z.infer<typeof telemetrySchema>

/** What a backend says of its telemetry; undefined where it does not answer, or has no such thing to say. */
export async function readTelemetryHealth(url: string): Promise<TelemetryHealth | undefined> {
  const answer = await getJson(`${url}/health/telemetry`, TIMEOUT_MS)
  return answer?.status === 200 ? telemetrySchema.safeParse(answer.body).data : undefined
}

/** What a person should know of it, one sentence each without a full stop. */
export function findTelemetryTroubles(health: TelemetryHealth): string[] {
  const errors = Object.entries(health.providers ?? {}).flatMap(([name, { lastError, refused, dropped }]) => {
    const text = errorText(lastError)
    return text ? [`${name}: ${text}${lossText(refused, dropped)}`] : []
  })
  const fallback = health.sampler?.fallback
    ? [
        `sampler${health.sampler.name ? ` ${health.sampler.name}` : ''}: no rules from X-Ray, falls back to 1/s and 5 %`,
      ]
    : []
  return [...errors, ...fallback]
}

function errorText(error: unknown): string | undefined {
  if (typeof error === 'string') return error || undefined
  return z.looseObject({ message: z.string() }).safeParse(error).data?.message
}

function lossText(refused = 0, dropped = 0): string {
  const parts = [
    ...(refused > 0 ? [`${refused} refused`] : []),
    ...(dropped > 0 ? [`${dropped} dropped`] : []),
  ]
  return parts.length > 0 ? ` (${parts.join(', ')})` : ''
}
