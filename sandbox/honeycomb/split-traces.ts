import type { Span } from '../../contracts/sandbox/trace.ts'
import { plausibleRange } from '../store/plausible-time.ts'
import type { SpanChunk } from '../store/spans.ts'
import { FormatError, listOf, type Message } from './fields.ts'
import { isSpanId, storedSpanKey, storedTraceId } from './ids.ts'
import { decodeMessage, decodeProtobuf, encodeMessage } from './otlp-schema.ts'
import { originOf, scopeOf, spansOf } from './records.ts'
import { createSizeBound, type SizeBound } from './request-size.ts'

/** The spans of one export request, ready to be stored. */
export interface Split {
  readonly chunks: readonly SpanChunk[]
  /** Spans whose ids are absent, all zero, or longer than 16 bytes. */
  readonly rejected: number
}

/** What the list of traces needs of a span. All else is decoded when a trace is read. */
interface SpanHead extends Pick<Span, 'traceId' | 'spanId' | 'name'> {
  readonly isServer: boolean
  readonly isRoot: boolean
  readonly isError: boolean
  /** Epoch milliseconds. */
  readonly startMs: number
  readonly endMs: number
}

/** Spans of one scope. */
interface ScopedRaws<Raw> {
  /** The index of the scope in its ResourceSpans. */
  readonly scope: number
  readonly raws: Raw[]
}

/** A ResourceSpans whose spans are still raw: bytes, or JSON. */
interface ResourceSpans<Raw> {
  readonly origin: { readonly service: string; readonly dataset: string }
  /** The spans of each scope. */
  readonly rawsOf: readonly (readonly Raw[])[]
  /** The head of a span, having validated all of it. */
  readonly headOf: (raw: Raw) => SpanHead
  /** An ExportTraceServiceRequest with these of its spans only. */
  readonly pack: (scoped: readonly ScopedRaws<Raw>[]) => Uint8Array
}

/**
 * Splits an ExportTraceServiceRequest by trace: each chunk is a whole request that contains the bytes of its spans as
 * they were sent. Throws a FormatError, and an HttpError (413) where the chunks would take too much memory.
 */
export function splitProtobuf(body: Buffer): Split {
  const request = decodeMessage('TracesAsBytes', body) as unknown as TracesAsBytes
  return split('protobuf', request.resourceSpans, protobufResourceSpans)
}

/** The same for a request in JSON. */
export function splitJson(request: Message): Split {
  return split('json', listOf(request.resourceSpans), jsonResourceSpans)
}

function split<Sent, Raw>(
  encoding: SpanChunk['encoding'],
  all: readonly Sent[],
  read: (sent: Sent) => ResourceSpans<Raw>,
): Split {
  const bound = createSizeBound()
  const parts = all.map((sent) => splitResource(encoding, read(sent), bound))
  return {
    chunks: parts.flatMap(({ chunks }) => chunks),
    rejected: parts.reduce((sum, { rejected }) => sum + rejected, 0),
  }
}

function splitResource<Raw>(
  encoding: SpanChunk['encoding'],
  { origin, rawsOf, headOf, pack }: ResourceSpans<Raw>,
  bound: SizeBound,
): Split {
  let rejected = 0
  const receivedMs = Date.now()
  const traces = new Map<string, { heads: SpanHead[]; scoped: ScopedRaws<Raw>[] }>()
  for (const [scope, raws] of rawsOf.entries()) {
    for (const raw of raws) {
      const head = headOf(raw)
      const traceId = storedTraceId(head.traceId)
      if (traceId === undefined || !isSpanId(head.spanId)) {
        rejected++
        continue
      }
      let trace = traces.get(traceId)
      if (!trace) {
        trace = { heads: [], scoped: [] }
        traces.set(traceId, trace)
      }
      trace.heads.push({ ...head, ...plausibleRange(head, receivedMs) })
      const last = trace.scoped.at(-1)
      if (last?.scope === scope) last.raws.push(raw)
      else trace.scoped.push({ scope, raws: [raw] })
    }
  }
  const { service, dataset } = origin
  const chunks = [...traces].map(([traceId, { heads, scoped }]) => {
    const body = pack(scoped)
    bound.add(body.byteLength)
    return { ...summaryOf(heads), traceId, service, dataset, encoding, body }
  })
  return { chunks, rejected }
}

/** Of the name in the list of traces. The span itself keeps all of it. */
const MAX_NAME_LENGTH = 1_000

/** Describes the spans of one chunk; named after the root, else after the earliest span. */
function summaryOf(heads: readonly SpanHead[]) {
  const root = heads.find(({ isRoot }) => isRoot)
  const first = heads.reduce((earliest, head) => (head.startMs < earliest.startMs ? head : earliest))
  return {
    spanIds: heads.map(({ spanId, isServer }) => storedSpanKey(spanId, isServer)),
    startMs: first.startMs,
    endMs: heads.reduce((latest, { endMs }) => Math.max(latest, endMs), 0),
    hasRoot: root !== undefined,
    hasError: heads.some(({ isError }) => isError),
    name: (root ?? first).name.slice(0, MAX_NAME_LENGTH),
  }
}

interface TracesAsBytes {
  readonly resourceSpans: readonly {
    readonly resource: readonly Buffer[]
    readonly scopeSpans: readonly { readonly scope: readonly Buffer[]; readonly spans: readonly Buffer[] }[]
  }[]
}

function protobufResourceSpans(resourceSpans: TracesAsBytes['resourceSpans'][number]): ResourceSpans<Buffer> {
  const { resource, scopeSpans } = resourceSpans
  for (const { scope } of scopeSpans) decodeMessage('InstrumentationScope', Buffer.concat(scope), 3)
  return {
    origin: originOf({ resource: decodeProtobuf('Resource', Buffer.concat(resource), 2) }),
    rawsOf: scopeSpans.map(({ spans }) => spans),
    headOf: protobufHead,
    pack: (scoped) => {
      const packed = scoped.map(({ scope, raws }) => ({ ...scopeSpans[scope], spans: raws }))
      return encodeMessage('TracesAsBytes', { resourceSpans: [{ ...resourceSpans, scopeSpans: packed }] })
    },
  }
}

interface Fixed64 {
  readonly low: number
  readonly high: number
}
interface DecodedSpan {
  readonly traceId: Buffer
  readonly spanId: Buffer
  readonly parentSpanId: Buffer
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: Fixed64
  readonly endTimeUnixNano: Fixed64
  readonly status: { readonly code: number } | null
}
const SPAN_KIND_SERVER = 2
const STATUS_CODE_ERROR = 2

function protobufHead(raw: Buffer): SpanHead {
  const span = decodeMessage('Span', raw, 3) as unknown as DecodedSpan
  return {
    traceId: span.traceId.toString('hex'),
    spanId: span.spanId.toString('hex'),
    name: span.name,
    isServer: span.kind === SPAN_KIND_SERVER,
    isRoot: span.parentSpanId.every((byte) => byte === 0),
    isError: span.status?.code === STATUS_CODE_ERROR,
    startMs: millisecondsOf(span.startTimeUnixNano),
    endMs: millisecondsOf(span.endTimeUnixNano),
  }
}

/** Nanoseconds as milliseconds, exact to a quarter of a microsecond. */
function millisecondsOf({ low, high }: Fixed64): number {
  return ((high >>> 0) * 2 ** 32 + (low >>> 0)) / 1e6
}

function jsonResourceSpans(resourceSpans: Message): ResourceSpans<Message> {
  const scopeSpans = listOf(resourceSpans.scopeSpans)
  for (const scope of scopeSpans) scopeOf(scope)
  return {
    origin: originOf(resourceSpans),
    rawsOf: scopeSpans.map(({ spans }) => listOf(spans)),
    headOf: jsonHead,
    pack: (scoped) => {
      const packed = scoped.map(({ scope, raws }) => ({ ...scopeSpans[scope], spans: raws }))
      return jsonBytes({ resourceSpans: [{ ...resourceSpans, scopeSpans: packed }] })
    },
  }
}

function jsonHead(raw: Message): SpanHead {
  const [span] = spansOf({ resourceSpans: [{ scopeSpans: [{ spans: [raw] }] }] })
  if (!span) throw new FormatError('a span is expected')
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    name: span.name,
    isServer: span.kind === 'SERVER',
    isRoot: span.parentSpanId === '',
    isError: span.status.code === 'ERROR',
    startMs: Number(span.startTimeUnixNano) / 1e6,
    endMs: Number(span.endTimeUnixNano) / 1e6,
  }
}

function jsonBytes(request: Message): Buffer {
  try {
    return Buffer.from(JSON.stringify(request))
  } catch (error) {
    // A field that OTLP does not know is nested deeper than the stack.
    if (error instanceof RangeError) throw new FormatError('values are nested too deeply', { cause: error })
    throw error
  }
}
