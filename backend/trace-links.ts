import { type HoneycombAuth, honeycombAuthSchema, honeycombUi } from '../contracts/honeycomb-auth.ts'
import { honeycombTraceUrl, sandboxTraceUrl, xrayTraceUrl } from '../contracts/trace-links.ts'
import type { HoneycombTarget, XRayTarget } from '../settings/providers.ts'
import type { TraceLinks } from './telemetry/options.ts'

const AUTH_TIMEOUT_MS = 2_000
/** A link looks for a trace this long before and after now, since the trace has not ended yet. */
const AROUND_MS = 60_000

/** Returns a function from a trace id to the pages that show it. Asks a live Honeycomb once for the key's team and environment. */
export async function traceLinks(
  { honeycomb, xray }: { honeycomb: HoneycombTarget; xray: XRayTarget },
  dataset: string,
  sandbox: string,
): Promise<(traceId: string) => TraceLinks> {
  const owner = honeycomb.mode === 'live' ? await readOwner(honeycomb) : undefined
  const honeycombLink = (traceId: string) => {
    if (honeycomb.mode === 'local') return sandboxTraceUrl(sandbox, traceId, 'honeycomb')
    if (!owner) return undefined
    const now = Date.now()
    const ui = honeycombUi(honeycomb.apiEndpoint)
    const place = { ui, dataset, team: owner.team.slug, environment: owner.environment.slug }
    return honeycombTraceUrl(place, traceId, { startMs: now - AROUND_MS, endMs: now + AROUND_MS })
  }
  const xrayLink = (traceId: string) => {
    if (xray.mode === 'off') return undefined
    return xray.mode === 'local'
      ? sandboxTraceUrl(sandbox, traceId, 'xray')
      : xrayTraceUrl(xray.region, traceId)
  }
  return (traceId) => {
    const [toHoneycomb, toXRay] = [honeycombLink(traceId), xrayLink(traceId)]
    return { ...(toHoneycomb && { honeycomb: toHoneycomb }), ...(toXRay && { xray: toXRay }) }
  }
}

/** Undefined leaves out the links to Honeycomb; the exporter reports a bad key. */
async function readOwner(honeycomb: HoneycombTarget): Promise<HoneycombAuth | undefined> {
  try {
    const response = await fetch(`${honeycomb.apiEndpoint}/1/auth`, {
      headers: { 'X-Honeycomb-Team': honeycomb.apiKey },
      signal: AbortSignal.timeout(AUTH_TIMEOUT_MS),
    })
    return honeycombAuthSchema.safeParse(await response.json()).data
  } catch {
    return undefined
  }
}
