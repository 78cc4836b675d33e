import { type TelemetryHealth, telemetryHealthSchema } from '../../contracts/telemetry-health.ts'
import { getJson } from '../machine/http-json.ts'

const TIMEOUT_MS = 2_000

/** A backend's own account of its telemetry; undefined where no backend of this version answers at `url`. */
export async function readTelemetryHealth(url: string): Promise<TelemetryHealth | undefined> {
  const answer = await getJson(`${url}/health/telemetry`, TIMEOUT_MS)
  return answer?.status === 200 ? telemetryHealthSchema.safeParse(answer.body).data : undefined
}

/** What does not arrive, or is sampled without X-Ray's rules: one sentence each, without a full stop. */
export function findTelemetryTroubles({ providers, logs, metrics, sampler }: TelemetryHealth): string[] {
  const errors = Object.entries({ ...providers, logs, metrics }).flatMap(([name, stream]) => {
    if (!stream.enabled || !stream.lastError) return []
    const lost = (['refused', 'dropped'] as const).flatMap((how) =>
      stream[how] > 0 ? `${stream[how]} ${how}` : [],
    )
    return `${name}: ${stream.lastError.message}${lost.length > 0 ? ` (${lost.join(', ')})` : ''}`
  })
  return sampler.fallback
    ? [...errors, `sampler ${sampler.name}: no rules from X-Ray, falls back to 1/s and 5 %`]
    : errors
}
