import type { LensOccurrence, LensSegment, TraceLenses } from '../../contracts/sandbox/lenses.ts'
import type { LogRecord } from '../../contracts/sandbox/trace.ts'
import { toXRayTraceId } from '../../contracts/trace-id.ts'
import { placeInTime } from '../honeycomb/log-time.ts'
import { toFixed64 } from '../query/events/otlp.ts'
import { instanceJson } from '../rollbar/read-routes.ts'
import { clockFrom, lensSpans } from './lens-spans.ts'
import { logFields } from './logs.ts'
import type { TraceStore } from './traces.ts'

type Json = Readonly<Record<string, unknown>>

export function readLenses(store: TraceStore, traceId: string): TraceLenses {
  const spans = lensSpans(store.spans.ofTrace(traceId))
  const logs = store.logs.ofTrace(traceId).map(({ document, receivedMs }) => {
    const log: LogRecord = JSON.parse(document)
    return { log, atNs: placeInTime(log, receivedMs).atNs }
  })
  const documents = store.segments.ofTrace(traceId).map(({ document }) => JSON.parse(document) as Json)
  const occurrences = store.occurrences.ofTrace(traceId)
  const starts = [spans.startMs, ...documents.map(({ start_time: start }) => Number(start) * 1_000)].filter(
    (ms) => Number.isFinite(ms) && ms > 0,
  )
  const fallback = [
    ...logs.map(({ atNs }) => Number(atNs) / 1e6),
    ...occurrences.map(({ timestampS }) => timestampS * 1_000),
  ]
  const originMs = starts.length > 0 ? Math.min(...starts) : Math.min(...fallback, Date.now())
  const clock = clockFrom(originMs)
  return {
    traceId,
    xrayTraceId: toXRayTraceId(traceId),
    pruned: store.traces.isPruned(traceId),
    originMs,
    ...spans.on(clock),
    logs: logs.map(({ log, atNs }) => ({
      ...logFields(log),
      body: log.body,
      atMs: clock(toFixed64(String(atNs))),
    })),
    segments: documents.flatMap((document, index) => lensSegments(document, '', index, originMs)),
    documents: documents.length,
    occurrences: occurrences.map((occurrence) => lensOccurrence(occurrence, originMs)),
  }
}

/** The document's own fields have been validated; its subsegments have not. */
function lensSegments(json: Json, parentId: string, document: number, originMs: number): LensSegment[] {
  const found: LensSegment[] = []
  const waiting: { json: Json; parentId: string }[] = [{ json, parentId }]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const { subsegments, ...fields } = next.json
    const id = String(fields.id ?? '')
    const startMs = msOf(fields.start_time, originMs) ?? 0
    found.push({
      id,
      parentId: typeof fields.parent_id === 'string' ? fields.parent_id : next.parentId,
      name: String(fields.name ?? ''),
      isSubsegment: found.length > 0 || fields.type === 'subsegment',
      document,
      startMs,
      endMs: fields.in_progress === true ? null : (msOf(fields.end_time, originMs) ?? startMs),
      outcome: outcomeOf(fields),
      fields,
    })
    for (const child of Array.isArray(subsegments) ? subsegments.toReversed() : []) {
      if (typeof child === 'object' && child !== null) waiting.push({ json: child, parentId: id })
    }
  }
  return found
}

function msOf(seconds: unknown, originMs: number): number | undefined {
  if (typeof seconds !== 'number' || !Number.isFinite(seconds)) return undefined
  // A double holds epoch seconds to a quarter of a microsecond; further digits would be noise.
  return Math.round((seconds * 1_000 - originMs) * 1_000) / 1_000
}

function outcomeOf({ fault, error, throttle }: Json): LensSegment['outcome'] {
  if (fault === true) return 'fault'
  if (throttle === true) return 'throttle'
  return error === true ? 'error' : 'ok'
}

function lensOccurrence(occurrence: Parameters<typeof instanceJson>[0], originMs: number): LensOccurrence {
  const { data } = instanceJson(occurrence)
  const { custom, span_id: own } = data as { custom?: Json | null; span_id?: unknown }
  const spanId = custom?.span_id ?? own
  return {
    uuid: occurrence.uuid,
    itemId: occurrence.itemId,
    atMs: occurrence.timestampS * 1_000 - originMs,
    spanId: typeof spanId === 'string' ? spanId : '',
    data,
  }
}
