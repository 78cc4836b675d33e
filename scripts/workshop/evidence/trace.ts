import {
  attribute,
  type EvidenceState,
  type OccurrenceEvidence,
  type SpanEvidence,
  type TraceEvidence,
} from '../../../contracts/evidence.ts'
import type { TelemetryStream } from '../../../contracts/telemetry-health.ts'
import type { Mode, RollbarTarget } from '../../../settings/providers.ts'
import { plainLine } from '../../command-line/plain-line.ts'
import { toSpanEvidence } from '../../providers/honeycomb.ts'
import { readStoredTrace, readTelemetryHealth } from '../../providers/own-processes.ts'
import { findOccurrence } from '../../providers/rollbar.ts'
import { parseDocuments, readDocuments } from '../../providers/xray.ts'
import { withPlainText } from './plain-text.ts'
import type { Sources } from './sources.ts'

/**
 * Reads one trace back from every provider: local ones from the sandbox, a live X-Ray through its API, a live Rollbar
 * with a read token. A trace that cannot be read back is `accepted` if the api's export was.
 */
export async function readTraceEvidence(sources: Sources, traceId: string): Promise<TraceEvidence> {
  const { sandbox, api, xray } = sources
  const { honeycomb, xray: target, rollbar } = sources.providers
  const isAnyLocal = [honeycomb, target, rollbar].some(({ mode }) => mode === 'local')
  const stored = isAnyLocal ? await readStoredTrace(sandbox, traceId) : undefined
  const own = stored?.honeycomb.spans.map(toSpanEvidence) ?? []
  const documents =
    target.mode === 'live' ? await readDocuments(xray, traceId) : (stored?.xray.segments ?? [])
  const fromXRay = parseDocuments(documents)
  const spans = merge(own, fromXRay).map(withPlainText)
  const sent = (await readTelemetryHealth(api))?.providers
  const isAccepted = (stream: TelemetryStream | undefined) =>
    stream?.enabled === true && stream.recentTraceIds.includes(traceId)
  const occurrences =
    rollbar.mode === 'live'
      ? await readOccurrences(rollbar, spans)
      : (stored?.rollbar.items.map(({ data }) => ({ uuid: data.uuid, traceId })) ?? [])
  return {
    traceId,
    spans,
    logs:
      honeycomb.mode === 'local'
        ? (stored?.honeycomb.logs ?? []).map(({ body }) => plainLine(String(body)))
        : undefined,
    occurrences,
    state: {
      // A live Honeycomb returns nothing: what the sandbox has is from before, when it stood in.
      honeycomb: stateOf(
        honeycomb.mode,
        honeycomb.mode === 'local' && own.length > 0,
        isAccepted(sent?.honeycomb),
      ),
      xray: stateOf(target.mode, fromXRay.length > 0, false),
      rollbar: stateOf(rollbar.mode, occurrences.length > 0, isAccepted(sent?.rollbar)),
    },
    text: JSON.stringify([stored, documents]),
  }
}

/** Honeycomb's spans, which have more attributes, with the SDK that X-Ray names, and the spans that only X-Ray has. */
function merge(spans: readonly SpanEvidence[], fromXRay: readonly SpanEvidence[]): SpanEvidence[] {
  const byId = new Map(fromXRay.map((span) => [span.id, span]))
  const merged = spans.map((span): SpanEvidence => {
    const segment = byId.get(span.id)
    return segment ? { ...span, foundIn: ['honeycomb', 'xray'], sdk: segment.sdk } : span
  })
  for (const { id } of spans) byId.delete(id)
  return [...merged, ...byId.values()].toSorted((a, b) => a.startMs - b.startMs)
}

/** By the uuids in the spans; none without a read token. */
async function readOccurrences(
  target: RollbarTarget,
  spans: readonly SpanEvidence[],
): Promise<OccurrenceEvidence[]> {
  if (!target.readToken) return []
  const uuids = spans
    .map((span) => attribute(span, 'rollbar.uuid'))
    .filter((uuid) => typeof uuid === 'string')
  const found = await Promise.all(uuids.map((uuid) => findOccurrence(target, uuid)))
  return found.filter((occurrence) => occurrence !== undefined)
}

function stateOf(mode: Mode, isFound: boolean, isAccepted: boolean): EvidenceState {
  if (mode === 'off') return 'off'
  if (isFound) return 'found'
  return mode === 'live' && isAccepted ? 'accepted' : 'missing'
}
