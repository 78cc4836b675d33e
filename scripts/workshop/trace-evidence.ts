import { z } from 'zod'
import {
  attribute,
  type EvidenceState,
  type OccurrenceEvidence,
  type SpanEvidence,
  type TraceEvidence,
} from '../../contracts/evidence.ts'
import type { SandboxTrace } from '../../contracts/sandbox/trace.ts'
import type { TelemetryStream } from '../../contracts/telemetry-health.ts'
import type { Mode } from '../../settings/providers.ts'
import { toSpanEvidence } from '../providers/honeycomb.ts'
import { readStoredTrace, readTelemetryHealth } from '../providers/own-processes.ts'
import { findOccurrence } from '../providers/rollbar.ts'
import { parseDocuments, readDocuments } from '../providers/xray.ts'
import type { Sources } from './context.ts'

const NOTHING: Pick<SandboxTrace, 'honeycomb' | 'xray' | 'rollbar'> = {
  honeycomb: { spans: [], logs: [] },
  xray: { segments: [] },
  rollbar: { items: [] },
}

/**
 * Reads one trace back from every provider: local ones from the sandbox, a live X-Ray through its API, a live Rollbar
 * with a read token. What cannot be read back is `accepted` where the api's export was.
 */
export async function readTraceEvidence(sources: Sources, traceId: string): Promise<TraceEvidence> {
  const { providers, sandbox, api, xray } = sources
  const { honeycomb, rollbar } = providers
  const isAnyLocal = [honeycomb, providers.xray, rollbar].some(({ mode }) => mode === 'local')
  const stored = (isAnyLocal ? await readStoredTrace(sandbox, traceId) : undefined) ?? NOTHING
  const documents = providers.xray.mode === 'live' ? await readDocuments(xray, traceId) : stored.xray.segments
  const fromXRay = parseDocuments(documents)
  const spans = merge(stored.honeycomb.spans.map(toSpanEvidence), fromXRay)
  const accepted = await readAccepted(api, traceId)
  const occurrences =
    rollbar.mode === 'live'
      ? await readOccurrences(sources, spans)
      : stored.rollbar.items.map(({ data }) => ({
          uuid: data.uuid,
          title: typeof data.title === 'string' ? data.title : titleOf(data),
          traceId,
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
    text: JSON.stringify([stored, documents]),
  }
}

/** Honeycomb's spans, which hold most, completed by X-Ray's. */
function merge(spans: readonly SpanEvidence[], segments: readonly SpanEvidence[]): SpanEvidence[] {
  const byId = new Map(segments.map((segment) => [segment.id, segment]))
  const merged = spans.map((span) => ({ ...span, sdk: byId.get(span.id)?.sdk }))
  const known = new Set(spans.map(({ id }) => id))
  const alone = spans.length === 0 ? segments : segments.filter(({ id }) => !known.has(id))
  return [...merged, ...alone].toSorted((a, b) => a.startMs - b.startMs)
}

function stateOf(mode: Mode, isFound: boolean, isAccepted: boolean): EvidenceState {
  if (mode === 'off') return 'off'
  if (isFound) return 'found'
  return mode === 'live' && isAccepted ? 'accepted' : 'missing'
}

async function readAccepted(api: string, traceId: string) {
  const providers = (await readTelemetryHealth(api))?.providers
  const has = (stream: TelemetryStream | undefined) =>
    stream?.enabled === true && stream.recentTraceIds.includes(traceId)
  return { honeycomb: has(providers?.honeycomb), rollbar: has(providers?.rollbar) }
}

async function readOccurrences(
  { providers }: Sources,
  spans: readonly SpanEvidence[],
): Promise<OccurrenceEvidence[]> {
  const uuids = spans.flatMap((span) => {
    const uuid = attribute(span, 'rollbar.uuid')
    return typeof uuid === 'string' ? uuid : []
  })
  if (!providers.rollbar.readToken) return []
  const found = await Promise.all(uuids.map((uuid) => findOccurrence(providers.rollbar, uuid)))
  return found.filter((occurrence) => occurrence !== undefined)
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
