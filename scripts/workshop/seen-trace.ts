import { z } from 'zod'
import { SandboxTrace } from '../../contracts/sandbox/trace.ts'
import { attribute, type SeenOccurrence, type SeenSpan, type SeenTrace } from '../../workshop/evidence.ts'
import { getJson } from '../providers/evidence.ts'
import { findOccurrence } from '../providers/rollbar.ts'
import { fetchDocuments } from '../providers/xray.ts'
import { readBackendHealth } from '../verification/backend-health.ts'
import { readSegments, seenSpan } from './read-spans.ts'
import type { Sources } from './sources.ts'

const NOTHING: Pick<SandboxTrace, 'honeycomb' | 'xray' | 'rollbar'> = {
  honeycomb: { spans: [], logs: [] },
  xray: { segments: [] },
  rollbar: { items: [] },
}

/**
 * Reads one trace from wherever its parts are: what the sandbox plays, from the sandbox; a live X-Ray by its API; a live
 * Rollbar with a read token. What cannot be read back is `accepted` where the api says that its export was.
 */
export async function readSeenTrace(sources: Sources, traceId: string): Promise<SeenTrace> {
  const { providers, sandbox, api, xray } = sources
  const { honeycomb, rollbar } = providers
  const isAnyLocal = [honeycomb, providers.xray, rollbar].some(({ mode }) => mode === 'local')
  const answer = isAnyLocal ? await getJson(`${sandbox}/sandbox/traces/${traceId}`) : undefined
  const stored = SandboxTrace.safeParse(answer).data ?? NOTHING
  const segments =
    providers.xray.mode === 'live'
      ? (await fetchDocuments(xray.client, traceId)).flatMap(parseJson)
      : stored.xray.segments
  const fromXRay = readSegments(segments)
  const spans = merge(stored.honeycomb.spans.map(seenSpan), fromXRay)
  const accepted = await readAccepted(api, traceId)
  const occurrences =
    rollbar.mode === 'live'
      ? await readOccurrences(sources, spans)
      : stored.rollbar.items.map(({ data }) => ({
          uuid: data.uuid,
          title: typeof data.title === 'string' ? data.title : titleOf(data),
        }))
  return {
    traceId,
    spans,
    logs: honeycomb.mode === 'local' ? stored.honeycomb.logs.map(({ body }) => String(body)) : undefined,
    occurrences,
    state: {
      honeycomb: stateOf(honeycomb.mode, stored.honeycomb.spans.length > 0, accepted.honeycomb),
      xray: stateOf(providers.xray.mode, fromXRay.length > 0, false),
      rollbar: stateOf(rollbar.mode, occurrences.length > 0, accepted.rollbar),
    },
    text: JSON.stringify([stored, segments]),
  }
}

/** Honeycomb's spans where they can be read, which say most, with what X-Ray alone knows; else X-Ray's. */
function merge(spans: readonly SeenSpan[], segments: readonly SeenSpan[]): SeenSpan[] {
  const byId = new Map(segments.map((segment) => [segment.id, segment]))
  const merged = spans.map((span) => ({ ...span, sdk: byId.get(span.id)?.sdk }))
  const known = new Set(spans.map(({ id }) => id))
  const alone = spans.length === 0 ? segments : segments.filter(({ id }) => !known.has(id))
  return [...merged, ...alone].toSorted((a, b) => a.startMs - b.startMs)
}

function stateOf(mode: 'live' | 'local' | 'off', isFound: boolean, isAccepted: boolean) {
  if (mode === 'off') return 'off'
  if (isFound) return 'found'
  return mode === 'live' && isAccepted ? 'accepted' : 'missing'
}

async function readAccepted(api: string, traceId: string) {
  const health = await readBackendHealth(api)
  const has = (ids: readonly string[] | undefined) => ids?.includes(traceId) ?? false
  return {
    honeycomb: has(health?.providers.honeycomb.recentTraceIds),
    rollbar: has(health?.providers.rollbar.recentTraceIds),
  }
}

async function readOccurrences(
  { providers }: Sources,
  spans: readonly SeenSpan[],
): Promise<SeenOccurrence[]> {
  const uuids = spans.flatMap((span) => {
    const uuid = attribute(span, 'rollbar.uuid')
    return typeof uuid === 'string' ? uuid : []
  })
  if (!providers.rollbar.readToken) return []
  const found = await Promise.all(
    uuids.map(async (uuid) => ({ uuid, occurrence: await findOccurrence(providers.rollbar, uuid) })),
  )
  return found.flatMap(({ uuid, occurrence }) => (occurrence ? { uuid, title: occurrence.title } : []))
}

const Body = z.object({
  body: z.object({
    trace_chain: z
      .array(z.object({ exception: z.object({ class: z.string(), message: z.string().optional() }) }))
      .optional(),
    trace: z
      .object({ exception: z.object({ class: z.string(), message: z.string().optional() }) })
      .optional(),
  }),
})

function titleOf(data: unknown): string {
  const { body } = Body.safeParse(data).data ?? {}
  const exception = (body?.trace_chain?.[0] ?? body?.trace)?.exception
  return exception ? `${exception.class}: ${exception.message ?? ''}` : 'an error'
}

function parseJson(text: string): unknown[] {
  try {
    return [JSON.parse(text)]
  } catch {
    return []
  }
}
