import type { Span } from '../../contracts/sandbox/trace.ts'
import type { SpanChunk } from '../store/spans.ts'
import { FormatError, listOf, type Message } from './fields.ts'
import { isSpanId, storedSpanKey, storedTraceId } from './ids.ts'
import { decodeMessage, decodeProtobuf, encodeMessage } from './otlp-schema.ts'
import { originOf, scopeOf, spansOf } from './records.ts'

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

/** A ResourceSpans whose spans are still raw: bytes, or JSON. */
interface ResourceSpans<Raw> {
  readonly origin: { readonly service: string; readonly dataset: string }
  readonly scopes: readonly { readonly raws: readonly Raw[] }[]
  /** The head of a span, having validated all of it. */
  readonly headOf: (raw: Raw) => SpanHead
  /** An ExportTraceServiceRequest with these of its spans only, by the index of their scope. */
  readonly pack: (rawsByScope: readonly (readonly Raw[] | undefined)[]) => Uint8Array
}

/**
 * Splits an ExportTraceServiceRequest by trace: each chunk is a whole request that contains the bytes of its spans as
 * they were sent. Throws a FormatError.
 */
export function splitProtobuf(body: Buffer): Split {
  const request = decodeMessage('TracesAsBytes', body) as unknown as TracesAsBytes
  return split('protobuf', request.resourceSpans.map(protobufResourceSpans))
}

/** The same for a request in JSON. */
export function splitJson(request: Message): Split {
  return split('json', listOf(request.resourceSpans).map(jsonResourceSpans))
}

function split<Raw>(encoding: SpanChunk['encoding'], all: readonly ResourceSpans<Raw>[]): Split {
  const chunks: SpanChunk[] = []
  let rejected = 0
  for (const { origin, scopes, headOf, pack } of all) {
    const traces = new Map<string, { heads: SpanHead[]; rawsByScope: Raw[][] }>()
    for (const [scope, { raws }] of scopes.entries()) {
      for (const raw of raws) {
        const head = headOf(raw)
        const traceId = storedTraceId(head.traceId)
        if (traceId === undefined || !isSpanId(head.spanId)) {
          rejected++
          continue
        }
        let trace = traces.get(traceId)
        if (!trace) {
          trace = { heads: [], rawsByScope: [] }
          traces.set(traceId, trace)
        }
        trace.heads.push(head)
        trace.rawsByScope[scope] ??= []
        trace.rawsByScope[scope].push(raw)
      }
    }
    const { service, dataset } = origin
    for (const [traceId, { heads, rawsByScope }] of traces) {
      const body = pack(rawsByScope)
      chunks.push({ ...summaryOf(heads), traceId, service, dataset, encoding, body })
    }
  }
  return { chunks, rejected }
}

/** Describes the spans of one chunk; named after the root, else after the earliest span. */
function summaryOf(heads: readonly SpanHead[]) {
  const root = heads.find(({ isRoot }) => isRoot)
  const first = heads.reduce((earliest, head) => (head.startMs < earliest.startMs ? head : earliest))
  return {
    spanIds: heads.map(({ spanId, isServer }) => storedSpanKey(spanId, isServer)),
    startMs: first.startMs,
    // A span that ends before it starts has no duration.
    endMs: heads.reduce((latest, { startMs, endMs }) => Math.max(latest, startMs, endMs), 0),
    hasRoot: root !== undefined,
    hasError: heads.some(({ isError }) => isError),
    name: (root ?? first).name,
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
    scopes: scopeSpans.map(({ spans }) => ({ raws: spans })),
    headOf: protobufHead,
    pack: (rawsByScope) =>
      encodeMessage('TracesAsBytes', {
        resourceSpans: [
          {
            ...resourceSpans,
            scopeSpans: scopeSpans.flatMap((scope, index) => {
              const spans = rawsByScope[index]
              return spans ? [{ ...scope, spans }] : []
            }),
          },
        ],
      }),
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
    scopes: scopeSpans.map(({ spans }) => ({ raws: listOf(spans) })),
    headOf: jsonHead,
    pack: (rawsByScope) => {
      const packed = scopeSpans.flatMap((scope, index) => {
        const spans = rawsByScope[index]
        return spans ? [{ ...scope, spans }] : []
      })
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
