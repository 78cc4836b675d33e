import type { LensSpan } from '../../contracts/sandbox/lenses.ts'
import type { Attributes } from '../../contracts/sandbox/trace.ts'
import { spanKey } from '../honeycomb/ids.ts'
import { serviceOf } from '../honeycomb/records.ts'
import {
  type Fixed64,
  fromPairs,
  type OtlpScope,
  type OtlpSpan,
  type ResourceSpans,
  SPAN_KINDS,
  STATUS_CODES,
} from '../query/events/otlp.ts'
import { resourceSpansOf } from '../query/events/stored-chunk.ts'
import type { StoredSpans } from '../store/spans.ts'

/** Converts epoch nanoseconds to milliseconds since an origin, exact for 104 days around it. */
export type Clock = (time: Fixed64) => number

export function clockFrom(originMs: number): Clock {
  const originNs = BigInt(Math.round(originMs * 1_000)) * 1_000n
  const [low, high] = [Number(originNs & 0xffff_ffffn), Number(originNs >> 32n)]
  return (time) => ((time.high - high) * 2 ** 32 + (time.low - low)) / 1e6
}

/** Epoch milliseconds, exact to a microsecond and not later than `time`. */
function wholeMicroseconds({ low, high }: Fixed64): number {
  return Number(((BigInt(high) << 32n) | BigInt(low)) / 1_000n) / 1_000
}

interface Place {
  readonly span: OtlpSpan
  readonly scope: OtlpScope
  readonly resource: ResourceSpans
}

/**
 * The stored spans of a trace. The trace's page waits for them, so they are read from their bytes by the reader for
 * questions. `startMs` is of the earliest span in epoch milliseconds, NaN without spans.
 */
export function lensSpans(stored: readonly StoredSpans[]) {
  const places = sortedByStart(stored)
  const [first] = places
  const startMs = first ? wholeMicroseconds(first.span.start) : Number.NaN
  return {
    startMs,
    on(clock: Clock): { spans: LensSpan[]; resources: Attributes[] } {
      const resources = numberedResources()
      const spans = places.map(({ span, scope, resource }) =>
        lensSpan(span, scope, resources.of(resource), clock),
      )
      return { spans, resources: resources.list }
    },
  }
}

const SERVER = SPAN_KINDS.indexOf('SERVER')

/** Of a span that was sent twice, the later one counts. */
function sortedByStart(stored: readonly StoredSpans[]): Place[] {
  const places = new Map<string, Place>()
  for (const chunk of stored)
    for (const resource of resourceSpansOf(chunk))
      for (const scope of resource.scopes)
        for (const span of scope.spans)
          places.set(spanKey(span.spanId, span.kind === SERVER), { span, scope, resource })
  for (const { span } of places.values()) if (span.kind === SERVER) splitSharedId(span, places)
  return [...places.values()].sort(
    ({ span: { start: a } }, { span: { start: b } }) => a.high - b.high || a.low - b.low,
  )
}

/**
 * A server whose client has the same id becomes its child: the client gets another id, so that the spans below stay the
 * server's.
 */
function splitSharedId(server: OtlpSpan, places: ReadonlyMap<string, Place>): void {
  const client = places.get(spanKey(server.spanId, false))?.span
  if (!client) return
  client.spanId = `${client.spanId}-client`
  server.parentSpanId = client.spanId
}

interface NumberedResource {
  readonly number: number
  readonly service: string
}

/** Lists equal resources once. The spans of one request share theirs, which is compared once. */
function numberedResources() {
  const list: Attributes[] = []
  const numbers = new Map<string, number>()
  const known = new Map<ResourceSpans, NumberedResource>()
  const of = (resource: ResourceSpans): NumberedResource => {
    const before = known.get(resource)
    if (before) return before
    const attributes = fromPairs(resource.attributes)
    const text = JSON.stringify(attributes)
    const number = numbers.get(text) ?? list.push(attributes) - 1
    numbers.set(text, number)
    const found = { number, service: serviceOf(attributes) }
    known.set(resource, found)
    return found
  }
  return { list, of }
}

function lensSpan(
  span: OtlpSpan,
  scope: OtlpScope,
  { number, service }: NumberedResource,
  clock: Clock,
): LensSpan {
  return {
    id: span.spanId,
    parentId: span.parentSpanId,
    name: span.name,
    kind: SPAN_KINDS[span.kind] ?? 'UNSPECIFIED',
    service,
    resource: number,
    scope: scope.name,
    startMs: clock(span.start),
    endMs: clock(span.end),
    status: STATUS_CODES[span.statusCode] ?? 'UNSET',
    statusMessage: span.statusMessage,
    attributes: fromPairs(span.attributes),
    events: span.events.map(({ name, time, attributes }) => ({
      name,
      atMs: clock(time),
      attributes: fromPairs(attributes),
    })),
    links: span.links.map(({ traceId, spanId, attributes }) => ({
      traceId,
      spanId,
      attributes: fromPairs(attributes),
    })),
    dropped: span.dropped,
  }
}
