import type { LensOccurrence, LensSegment, LensSpan, TraceLenses } from '../../contracts/sandbox/lenses.ts'
import type { Attributes, LogRecord, Span } from '../../contracts/sandbox/trace.ts'
import { toXRayTraceId } from '../../contracts/trace-id.ts'
import { readSpans } from '../honeycomb/stored-spans.ts'
import { instanceJson } from '../rollbar/read-routes.ts'
import type { Store } from '../store/store.ts'
import { logFields, timeOfLog } from './logs.ts'

type Json = Readonly<Record<string, unknown>>

export function readLenses(store: Store, traceId: string): TraceLenses {
  const spans = readSpans(store.spans.ofTrace(traceId))
  const logs = store.logs.ofTrace(traceId).map(({ document }): LogRecord => JSON.parse(document))
  const documents = store.segments.ofTrace(traceId).map(({ document }) => JSON.parse(document) as Json)
  const occurrences = store.occurrences.ofTrace(traceId)
  const starts = [
    ...spans.slice(0, 1).map(({ startTimeUnixNano }) => Number(BigInt(startTimeUnixNano) / 1_000n) / 1_000),
    ...documents.map(({ start_time: start }) => Number(start) * 1_000),
  ].filter((ms) => Number.isFinite(ms) && ms > 0)
  const fallback = [
    ...logs.map(({ timeUnixNano }) => Number(timeUnixNano) / 1e6),
    ...occurrences.map(({ timestampS }) => timestampS * 1_000),
  ]
  const originMs = starts.length > 0 ? Math.min(...starts) : Math.min(...fallback, Date.now())
  const clock = clockFrom(originMs)
  const resources: Attributes[] = []
  const numbers = new Map<string, number>()
  /** The spans of one request share their resource, which is compared once. */
  const seen = new Map<Attributes, number>()
  const numberOf = (resource: Attributes) => {
    const before = seen.get(resource)
    if (before !== undefined) return before
    const key = JSON.stringify(resource)
    const number = numbers.get(key) ?? resources.push(resource) - 1
    numbers.set(key, number)
    seen.set(resource, number)
    return number
  }
  return {
    traceId,
    xrayTraceId: toXRayTraceId(traceId),
    pruned: store.traces.isPruned(traceId),
    originMs,
    spans: spans.map((span) => lensSpan(span, numberOf(span.resource), clock)),
    resources,
    logs: logs.map((log) => ({ ...logFields(log), body: log.body, atMs: clock(timeOfLog(log)) })),
    segments: documents.flatMap((document, index) => lensSegments(document, '', index, originMs)),
    documents: documents.length,
    occurrences: occurrences.map((occurrence) => lensOccurrence(occurrence, originMs)),
  }
}

/** Converts epoch nanoseconds in decimal digits to milliseconds since the origin, without loss. */
function clockFrom(originMs: number): (nanoseconds: string) => number {
  const originNs = BigInt(Math.round(originMs * 1_000)) * 1_000n
  return (nanoseconds) => Number(BigInt(nanoseconds) - originNs) / 1e6
}

function lensSpan(span: Span, resource: number, clock: (nanoseconds: string) => number): LensSpan {
  return {
    id: span.spanId,
    parentId: span.parentSpanId,
    name: span.name,
    kind: span.kind,
    service: span.service,
    resource,
    scope: span.scope.name,
    startMs: clock(span.startTimeUnixNano),
    endMs: clock(span.endTimeUnixNano),
    status: span.status.code,
    statusMessage: span.status.message,
    attributes: span.attributes,
    events: span.events.map(({ name, timeUnixNano, attributes }) => ({
      name,
      atMs: clock(timeUnixNano),
      attributes,
    })),
    links: span.links,
    dropped: span.droppedAttributesCount + span.droppedEventsCount + span.droppedLinksCount,
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
