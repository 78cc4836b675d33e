import type { Attributes, Scope, Span, SpanEvent, SpanLink } from '../../contracts/sandbox/trace.ts'
import type { StoredSpans } from '../store/spans.ts'
import {
  attributesOf,
  countOf,
  enumOf,
  idOf,
  listOf,
  type Message,
  messageOf,
  textOf,
  timeOf,
} from './fields.ts'
import { decodeProtobuf } from './otlp-schema.ts'

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'] as const
const STATUS_CODES = ['UNSET', 'OK', 'ERROR'] as const

/** What all records of one resource share. */
export interface Origin {
  readonly service: string
  readonly dataset: string
  readonly resource: Attributes
  readonly resourceSchemaUrl: string
}

export const UNKNOWN_SERVICE = 'unknown_service'

/** The dataset is the trimmed service name, as at Honeycomb. `unknown_service:node` counts as no name. */
export function originOf({ resource, schemaUrl }: Message): Origin {
  const attributes = attributesOf(messageOf(resource).attributes)
  const name = attributes['service.name']
  const service = (typeof name === 'string' && name.trim()) || UNKNOWN_SERVICE
  const dataset = service.startsWith(UNKNOWN_SERVICE) ? UNKNOWN_SERVICE : service
  return { service, dataset, resource: attributes, resourceSchemaUrl: textOf(schemaUrl) }
}

/** The scope of a ScopeSpans or ScopeLogs. */
export function scopeOf({ scope: value, schemaUrl }: Message): Scope {
  const scope = messageOf(value)
  return {
    name: textOf(scope.name),
    version: textOf(scope.version),
    attributes: attributesOf(scope.attributes),
    schemaUrl: textOf(schemaUrl),
  }
}

/** Reads an ExportTraceServiceRequest. Throws a FormatError. */
export function spansOf(request: Message): Span[] {
  return listOf(request.resourceSpans).flatMap((resourceSpans) => {
    const origin = originOf(resourceSpans)
    return listOf(resourceSpans.scopeSpans).flatMap((scopeSpans) => {
      const scope = scopeOf(scopeSpans)
      return listOf(scopeSpans.spans).map((span) => spanOf(span, origin, scope))
    })
  })
}

function spanOf(span: Message, origin: Origin, scope: Scope): Span {
  const startTimeUnixNano = timeOf(span.startTimeUnixNano)
  const endTimeUnixNano = timeOf(span.endTimeUnixNano)
  const status = messageOf(span.status)
  return {
    traceId: idOf(span.traceId),
    spanId: idOf(span.spanId),
    parentSpanId: idOf(span.parentSpanId).replace(/^0+$/, ''),
    name: textOf(span.name),
    kind: enumOf(span.kind, KINDS),
    startTimeUnixNano,
    endTimeUnixNano,
    durationMs: Number(BigInt(endTimeUnixNano) - BigInt(startTimeUnixNano)) / 1e6,
    ...origin,
    scope,
    attributes: attributesOf(span.attributes),
    events: listOf(span.events).map(eventOf),
    links: listOf(span.links).map(linkOf),
    status: { code: enumOf(status.code, STATUS_CODES), message: textOf(status.message) },
    traceState: textOf(span.traceState),
    flags: countOf(span.flags),
    droppedAttributesCount: countOf(span.droppedAttributesCount),
    droppedEventsCount: countOf(span.droppedEventsCount),
    droppedLinksCount: countOf(span.droppedLinksCount),
  }
}

function eventOf(event: Message): SpanEvent {
  return {
    name: textOf(event.name),
    timeUnixNano: timeOf(event.timeUnixNano),
    attributes: attributesOf(event.attributes),
    droppedAttributesCount: countOf(event.droppedAttributesCount),
  }
}

function linkOf(link: Message): SpanLink {
  return {
    traceId: idOf(link.traceId),
    spanId: idOf(link.spanId),
    traceState: textOf(link.traceState),
    flags: countOf(link.flags),
    attributes: attributesOf(link.attributes),
    droppedAttributesCount: countOf(link.droppedAttributesCount),
  }
}

/** Whether the ids are valid by W3C Trace Context: 16 and 8 bytes, not all zero. */
export function hasValidIds({ traceId, spanId }: Pick<Span, 'traceId' | 'spanId'>): boolean {
  return /^(?!0+$)[0-9a-f]{32}$/.test(traceId) && /^(?!0+$)[0-9a-f]{16}$/.test(spanId)
}

/** Decodes the stored spans of a trace, sorted by start. Of a span that was sent twice, the later one counts. */
export function readSpans(stored: readonly StoredSpans[]): Span[] {
  const spans = new Map<string, { readonly span: Span; readonly startNs: bigint }>()
  for (const chunk of stored) {
    for (const span of decode(chunk)) {
      spans.set(span.spanId, {
        span: { ...span, dataset: chunk.dataset },
        startNs: BigInt(span.startTimeUnixNano),
      })
    }
  }
  const sorted = [...spans.values()].sort((a, b) => Number(a.startNs - b.startNs))
  return sorted.map(({ span }) => span)
}

function decode({ encoding, body }: StoredSpans): readonly Span[] {
  if (encoding === 'protobuf') {
    // protobufjs returns ids as Buffers only when it reads a Buffer.
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
    return spansOf(decodeProtobuf('ExportTraceServiceRequest', bytes))
  }
  const json: unknown = JSON.parse(Buffer.from(body).toString('utf8'))
  return encoding === 'json' ? spansOf(messageOf(json)) : (json as Span[])
}
