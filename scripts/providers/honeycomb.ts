import { z } from 'zod'
import { SandboxTrace } from '../../contracts/sandbox/trace.ts'
import { datasetSlug, honeycombTraceUrl, type TraceTime } from '../../contracts/trace-links.ts'
import type { HoneycombTarget } from '../../settings/providers.ts'
import { getJson } from './evidence.ts'
import { AUTH } from './keys/honeycomb-auth.ts'

/** What Honeycomb has of a trace. */
export interface FoundSpans {
  readonly count: number
  readonly services: ReadonlySet<string>
}

/**
 * The spans of a trace as the sandbox has them. A live Honeycomb reads nothing back but to Enterprise teams
 * (https://api-docs.honeycomb.io/api/query-data), so that there "accepted" is the most that is known.
 */
export async function findSpans(target: HoneycombTarget, traceId: string): Promise<FoundSpans> {
  const answer = await getJson(`${target.apiEndpoint}/sandbox/traces/${traceId}`)
  const spans = SandboxTrace.safeParse(answer).data?.honeycomb.spans ?? []
  return { count: spans.length, services: new Set(spans.map(({ service }) => service)) }
}

/** Source: https://api-docs.honeycomb.io/api/datasets */
const Dataset = z.object({ last_written_at: z.iso.datetime({ offset: true }) })

/**
 * When a dataset was last written to, epoch milliseconds. It says nothing of one trace, and is told to keys that may
 * manage datasets alone; undefined for any other.
 */
export async function lastWrittenMs(target: HoneycombTarget, dataset: string): Promise<number | undefined> {
  const url = `${target.apiEndpoint}/1/datasets/${datasetSlug(dataset)}`
  const answer = Dataset.safeParse(await getJson(url, { 'X-Honeycomb-Team': target.apiKey })).data
  return answer && Date.parse(answer.last_written_at)
}

/** The page of a trace at a live Honeycomb; undefined where the key does not tell whose it is. */
export async function liveTraceUrl(
  target: HoneycombTarget,
  dataset: string,
  traceId: string,
  time: TraceTime,
): Promise<string | undefined> {
  const answer = await getJson(`${target.apiEndpoint}/1/auth`, { 'X-Honeycomb-Team': target.apiKey })
  const owner = AUTH.safeParse(answer).data
  if (!owner) return undefined
  const ui = target.apiEndpoint.replace('://api.', '://ui.')
  const place = { ui, team: owner.team.slug, environment: owner.environment.slug, dataset }
  return honeycombTraceUrl(place, traceId, time)
}
