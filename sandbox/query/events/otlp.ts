import type { Attribute, Span } from '../../../contracts/sandbox/trace.ts'

// OTLP's spans as far as questions need them, whether they were sent as protobuf or as JSON.

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

const KINDS = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER']
const STATUS_CODES = ['UNSET', 'OK', 'ERROR']

/** Decoded spans, each of which becomes a resource: chunks in JSON are few. */
export function toResourceSpans(spans: readonly Span[]): ResourceSpans[] {
  return spans.map(({ resource, resourceSchemaUrl, scope, ...span }) => ({
    attributes: toPairs(resource),
    schemaUrl: resourceSchemaUrl,
    scopes: [
      {
        name: scope.name,
        version: scope.version,
        schemaUrl: scope.schemaUrl,
        attributes: toPairs(scope.attributes),
        spans: [
          {
            ...span,
            kind: Math.max(0, KINDS.indexOf(span.kind)),
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
          },
        ],
      },
    ],
  }))
}

export function toPairs(attributes: Readonly<Record<string, Attribute>>): Pairs {
  return Object.entries(attributes).flat(1)
}

function toFixed64(digits: string): Fixed64 {
  const value = BigInt.asUintN(64, BigInt(digits))
  return { low: Number(value & 0xffff_ffffn), high: Number(value >> 32n) }
}
