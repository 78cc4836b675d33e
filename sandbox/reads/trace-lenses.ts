import { toXRayTraceId } from '../../contracts/trace-id.ts'
import type { Attributes, Span } from '../honeycomb/span.ts'
import { readSpans } from '../honeycomb/span.ts'
import { instanceJson } from '../rollbar/read-routes.ts'
import type { Store } from '../store/store.ts'

/**
 * One trace as the viewer's three lenses show it: each provider's records as that provider got them, with all times on
 * one axis (milliseconds since `originMs`), and what many records have in common said once.
 */
export interface TraceLenses {
  readonly traceId: string
  readonly xrayTraceId: string
  readonly pruned: boolean
  /** Epoch milliseconds of the axis's zero: the first thing that happened. */
  readonly originMs: number
  readonly resources: readonly Attributes[]
  readonly spans: readonly LensSpan[]
  readonly logs: readonly LensLog[]
  /** Segments and subsegments; `document` is the number of the one it came in. */
  readonly segments: readonly LensSegment[]
  readonly documents: number
  readonly occurrences: readonly LensOccurrence[]
}

export interface LensSpan {
  readonly id: string
  readonly parentId: string
  readonly name: string
  readonly kind: string
  readonly service: string
  readonly resource: number
  readonly scope: string
  readonly startMs: number
  readonly endMs: number
  readonly status: string
  readonly statusMessage: string
  readonly attributes: Attributes
  readonly events: readonly {
    readonly name: string
    readonly atMs: number
    readonly attributes: Attributes
  }[]
  readonly links: Span['links']
  readonly dropped: number
}

export interface LensLog {
  readonly spanId: string
  readonly atMs: number
  readonly severity: string
  readonly severityNumber: number
  readonly body: unknown
  readonly service: string
  readonly attributes: Attributes
}

export interface LensSegment {
  readonly id: string
  readonly parentId: string
  readonly name: string
  readonly isSubsegment: boolean
  readonly document: number
  readonly startMs: number
  /** Null while it is in progress. */
  readonly endMs: number | null
  readonly outcome: 'ok' | 'error' | 'fault' | 'throttle'
  /** The document without its subsegments. */
  readonly fields: Readonly<Record<string, unknown>>
}

export interface LensOccurrence {
  readonly uuid: string
  readonly itemId: number
  /** Rollbar keeps whole seconds. */
  readonly atMs: number
  readonly spanId: string
  readonly data: unknown
}

type Json = Readonly<Record<string, unknown>>

export function readLenses(store: Store, traceId: string): TraceLenses {
  const spans = readSpans(store.spans.ofTrace(traceId))
  const logs = store.logs.ofTrace(traceId).map((text) => JSON.parse(text))
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
  const numberOf = (resource: Attributes) => {
    const key = JSON.stringify(resource)
    const known = numbers.get(key)
    if (known !== undefined) return known
    numbers.set(key, resources.length)
    return resources.push(resource) - 1
  }
  return {
    traceId,
    xrayTraceId: toXRayTraceId(traceId),
    pruned: store.traces.isPruned(traceId),
    originMs,
    spans: spans.map((span) => lensSpan(span, numberOf(span.resource), clock)),
    resources,
    logs: logs.map((log) => ({
      spanId: log.spanId,
      atMs: clock(log.timeUnixNano === '0' ? log.observedTimeUnixNano : log.timeUnixNano),
      severity: log.severityText,
      severityNumber: log.severityNumber,
      body: log.body,
      service: log.service,
      attributes: log.attributes,
    })),
    segments: documents.flatMap((document, index) => lensSegments(document, '', index, originMs)),
    documents: documents.length,
    occurrences: occurrences.map((occurrence) => lensOccurrence(occurrence, originMs)),
  }
}

/** From epoch nanoseconds, as text, to milliseconds since the origin, without losing digits on the way. */
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

/** The store has checked the document itself; what is within it is whatever was sent. */
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
  // A double holds epoch seconds to a quarter of a microsecond; more digits than that would be made up.
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
