import { z } from 'zod'
import { honeycombTraceUrl, sandboxTraceUrl, xrayTraceUrl } from '../contracts/trace-links.ts'
import type { HoneycombTarget, XRayTarget } from '../settings/providers.ts'
import type { TraceLinks } from './telemetry/exporters/rollbar/error-reporter.ts'

/** https://api-docs.honeycomb.io/api/auth */
const Auth = z.object({
  team: z.object({ slug: z.string() }),
  environment: z.object({ slug: z.string() }),
})

const AUTH_TIMEOUT_MS = 2_000
/** How far around now a trace is looked for: its own times are known only when it has ended. */
const AROUND_MS = 60_000

/** A function from a trace id to the pages that show it. A live Honeycomb is asked once whose key it is. */
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
    const ui = honeycomb.apiEndpoint.replace('://api.', '://ui.')
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
    const links = { honeycomb: honeycombLink(traceId), xray: xrayLink(traceId) }
    return Object.fromEntries(Object.entries(links).filter(([, link]) => link !== undefined)) as TraceLinks
  }
}

/** Without an answer the links to Honeycomb are left out; that the key is bad is told by the exporter. */
async function readOwner(honeycomb: HoneycombTarget): Promise<z.infer<typeof Auth> | undefined> {
  try {
    const response = await fetch(`${honeycomb.apiEndpoint}/1/auth`, {
      headers: { 'X-Honeycomb-Team': honeycomb.apiKey },
      signal: AbortSignal.timeout(AUTH_TIMEOUT_MS),
    })
    return Auth.safeParse(await response.json()).data
  } catch {
    return undefined
  }
}
