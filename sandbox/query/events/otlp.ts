import type { Attribute, Span } from '../../../contracts/sandbox/trace.ts'

// OTLP's spans as far as questions and the viewer need them, whether they were sent as protobuf or as JSON.

/** Keys and values by turns. A list is quicker to build than an object, and most keys are only passed on. */
export type Pairs = Attribute[]

/** An unsigned 64-bit integer: nanoseconds. */
export interface Fixed64 {
  readonly low: number
  readonly high: number
}

export interface ResourceSpans {
  readonly attributes: Pairs
  readonly schemaUrl: string
  readonly scopes: readonly OtlpScope[]
}

export interface OtlpScope {
  name: string
  version: string
  schemaUrl: string
  readonly attributes: Pairs
  readonly spans: OtlpSpan[]
}

/** Ids in hex digits; an absent one is empty. */
export interface OtlpSpan {
  traceId: string
  spanId: string
  parentSpanId: string
  traceState: string
  name: string
  /** The number of the enum SpanKind. */
  kind: number
  start: Fixed64
  end: Fixed64
  readonly attributes: Pairs
  readonly events: OtlpEvent[]
  readonly links: OtlpLink[]
  statusCode: number
  statusMessage: string
  /** Attributes, events and links that the SDK dropped. */
  dropped: number
}

export interface OtlpEvent {
  time: Fixed64
  name: string
  readonly attributes: Pairs
}

export interface OtlpLink {
  traceId: string
  spanId: string
  readonly attributes: Pairs
}

/** ms, exact to a quarter of a microsecond. */
export function toMilliseconds({ low, high }: Fixed64): number {
  return (high * 2 ** 32 + low) / 1e6
}

/** `end - start`, exact. ms */
export function millisecondsBetween(start: Fixed64, end: Fixed64): number {
  return ((end.high - start.high) * 2 ** 32 + (end.low - start.low)) / 1e6
}

/** By the number of the enum SpanKind. */
export const SPAN_KINDS: readonly string[] = [
  'UNSPECIFIED',
  'INTERNAL',
  'SERVER',
  'CLIENT',
  'PRODUCER',
  'CONSUMER',
]
/** By the number of the enum StatusCode. */
export const STATUS_CODES: readonly string[] = ['UNSET', 'OK', 'ERROR']

/** Decoded spans. Neighbours of one scope stay together; in chunks of the first version each span has its own. */
export function toResourceSpans(spans: readonly Span[]): ResourceSpans[] {
  const all: ResourceSpans[] = []
  let last: Span | undefined
  let found: OtlpSpan[] = []
  for (const span of spans) {
    if (span.scope !== last?.scope || span.resource !== last.resource) {
      found = []
      all.push(toResourceWithScope(span, found))
    }
    found.push(toOtlpSpan(span))
    last = span
  }
  return all
}

function toResourceWithScope({ resource, resourceSchemaUrl, scope }: Span, spans: OtlpSpan[]): ResourceSpans {
  const { name, version, schemaUrl, attributes } = scope
  return {
    attributes: toPairs(resource),
    schemaUrl: resourceSchemaUrl,
    scopes: [{ name, version, schemaUrl, attributes: toPairs(attributes), spans }],
  }
}

function toOtlpSpan({ resource: _, resourceSchemaUrl: __, scope: ___, ...span }: Span): OtlpSpan {
  return {
    ...span,
    kind: Math.max(0, SPAN_KINDS.indexOf(span.kind)),
    start: toFixed64(span.startTimeUnixNano),
    end: toFixed64(span.endTimeUnixNano),
    attributes: toPairs(span.attributes),
    events: span.events.map((event) => ({
      time: toFixed64(event.timeUnixNano),
      name: event.name,
      attributes: toPairs(event.attributes),
    })),
    links: span.links.map((link) => ({ ...link, attributes: toPairs(link.attributes) })),
    statusCode: Math.max(0, STATUS_CODES.indexOf(span.status.code)),
    statusMessage: span.status.message,
    dropped: span.droppedAttributesCount + span.droppedEventsCount + span.droppedLinksCount,
  }
}

/** The pairs as an object. Of a repeated key, the last value counts. */
export function fromPairs(pairs: Pairs): Record<string, Attribute> {
  const found: Record<string, Attribute> = {}
  for (let at = 0; at < pairs.length; at += 2) {
    const key = pairs[at] as string
    // Set, it would be the object's prototype.
    if (key === '__proto__') return Object.fromEntries(entriesOf(pairs))
    found[key] = pairs[at + 1] as Attribute
  }
  return found
}

function entriesOf(pairs: Pairs): [key: string, value: Attribute][] {
  return Array.from({ length: pairs.length / 2 }, (_, index) => [
    pairs[2 * index] as string,
    pairs[2 * index + 1] as Attribute,
  ])
}

export function toPairs(attributes: Readonly<Record<string, Attribute>>): Pairs {
  return Object.entries(attributes).flat(1)
}

/** Of decimal digits. */
export function toFixed64(digits: string): Fixed64 {
  const value = BigInt.asUintN(64, BigInt(digits))
  return { low: Number(value & 0xffff_ffffn), high: Number(value >> 32n) }
}
