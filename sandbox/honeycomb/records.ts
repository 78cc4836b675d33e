import type { Attributes, LogRecord, Scope, Span } from '../../contracts/sandbox/trace.ts'
import {
  attributeOf,
  attributesOf,
  countOf,
  enumOf,
  FormatError,
  listOf,
  type Message,
  messageOf,
  textOf,
  timeOf,
} from './fields.ts'
import { idOf, storedTraceId } from './ids.ts'

// Reads the records of OTLP's export requests. Each function throws a FormatError.

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER'] as const
const STATUS_CODES = ['UNSET', 'OK', 'ERROR'] as const

/** What all records of one resource share. */
type Origin = Pick<Span, 'service' | 'dataset' | 'resource' | 'resourceSchemaUrl'>

export const UNKNOWN_SERVICE = 'unknown_service'

/** The dataset is the trimmed service name, as at Honeycomb. `unknown_service:node` counts as no name. */
export function originOf({ resource, schemaUrl }: Message): Origin {
  const attributes = attributesOf(messageOf(resource).attributes)
  const service = serviceOf(attributes)
  const dataset = service.startsWith(UNKNOWN_SERVICE) ? UNKNOWN_SERVICE : service
  return { service, dataset, resource: attributes, resourceSchemaUrl: textOf(schemaUrl) }
}

/** The trimmed service name of a resource. */
export function serviceOf({ 'service.name': name }: Attributes): string {
  return (typeof name === 'string' && name.trim()) || UNKNOWN_SERVICE
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

/** The spans of an ExportTraceServiceRequest. `idIn` reads an id. */
export function spansOf(request: Message, idIn = idOf): Span[] {
  return recordsOf(request, 'resourceSpans', 'scopeSpans', 'spans').map(({ record: span, ...shared }) => {
    const startTimeUnixNano = timeOf(span.startTimeUnixNano)
    const endTimeUnixNano = timeOf(span.endTimeUnixNano)
    const status = messageOf(span.status)
    return {
      traceId: idIn(span.traceId),
      spanId: idIn(span.spanId),
      parentSpanId: withoutZeros(idIn(span.parentSpanId)),
      name: textOf(span.name),
      kind: enumOf(span.kind, KINDS, 'SPAN_KIND_'),
      startTimeUnixNano,
      endTimeUnixNano,
      durationMs: Math.max(0, Number(BigInt(endTimeUnixNano) - BigInt(startTimeUnixNano)) / 1e6),
      ...shared,
      attributes: attributesOf(span.attributes),
      events: listOf(span.events).map((event) => ({
        name: textOf(event.name),
        timeUnixNano: timeOf(event.timeUnixNano),
        attributes: attributesOf(event.attributes),
        droppedAttributesCount: countOf(event.droppedAttributesCount),
      })),
      links: listOf(span.links).map((link) => ({
        traceId: idIn(link.traceId),
        spanId: idIn(link.spanId),
        traceState: textOf(link.traceState),
        flags: countOf(link.flags),
        attributes: attributesOf(link.attributes),
        droppedAttributesCount: countOf(link.droppedAttributesCount),
      })),
      status: { code: enumOf(status.code, STATUS_CODES, 'STATUS_CODE_'), message: textOf(status.message) },
      traceState: textOf(span.traceState),
      flags: countOf(span.flags),
      droppedAttributesCount: countOf(span.droppedAttributesCount),
      droppedEventsCount: countOf(span.droppedEventsCount),
      droppedLinksCount: countOf(span.droppedLinksCount),
    }
  })
}

/** The records of an ExportLogsServiceRequest. */
export function logRecordsOf(request: Message): LogRecord[] {
  return recordsOf(request, 'resourceLogs', 'scopeLogs', 'logRecords').map(({ record, ...shared }) => ({
    traceId: storedTraceId(idOf(record.traceId)) ?? '',
    spanId: withoutZeros(idOf(record.spanId)),
    timeUnixNano: timeOf(record.timeUnixNano),
    observedTimeUnixNano: timeOf(record.observedTimeUnixNano),
    severityNumber: severityOf(record.severityNumber),
    severityText: textOf(record.severityText),
    eventName: textOf(record.eventName),
    body: attributeOf(messageOf(record.body)),
    ...shared,
    attributes: attributesOf(record.attributes),
    flags: countOf(record.flags),
    droppedAttributesCount: countOf(record.droppedAttributesCount),
  }))
}

const SEVERITY = /^SEVERITY_NUMBER_(TRACE|DEBUG|INFO|WARN|ERROR|FATAL)([2-4]?)$/
const SEVERITIES = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL']

/** A SeverityNumber, from 1 to 24; 0 is unspecified. JSON has the number or the name. */
function severityOf(value: unknown): number {
  if (typeof value !== 'string' || /^\d*$/.test(value)) return countOf(value)
  if (value === 'SEVERITY_NUMBER_UNSPECIFIED') return 0
  const [, name = '', step] = SEVERITY.exec(value) ?? []
  if (!name) throw new FormatError('a severity number is expected')
  return SEVERITIES.indexOf(name) * 4 + (Number(step) || 1)
}

/** The records of a request, which are nested by resource and scope. */
export function recordsOf(request: Message, resources: string, scopes: string, records: string) {
  return listOf(request[resources]).flatMap((ofResource) => {
    const origin = originOf(ofResource)
    return listOf(ofResource[scopes]).flatMap((ofScope) => {
      const scope = scopeOf(ofScope)
      return listOf(ofScope[records]).map((record) => ({ record, ...origin, scope }))
    })
  })
}

/** Empty for an id of zeros, which some SDKs send for an absent one. */
function withoutZeros(id: string): string {
  return id.replace(/^0+$/, '')
}

/** Whether the ids are valid by W3C Trace Context: 16 and 8 bytes, not all zero. */
export function hasValidIds({ traceId, spanId }: Pick<Span, 'traceId' | 'spanId'>): boolean {
  return /^(?!0+$)[0-9a-f]{32}$/.test(traceId) && /^(?!0+$)[0-9a-f]{16}$/.test(spanId)
}
