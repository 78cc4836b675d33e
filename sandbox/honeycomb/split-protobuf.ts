import protobuf from 'protobufjs'
import type { SpanChunk } from '../store/spans.ts'
import { decodeProtobuf } from './schema.ts'
import { originOf } from './span.ts'
import { chunkOf, type SpanHead } from './span-chunk.ts'
import { readSpanHead } from './span-head.ts'
import { enter, leave, passField, type Reader, shapeOf } from './wire.ts'

/** What came in one request, ready to be stored; `rejected` counts the spans whose ids are none. */
export interface Split {
  readonly chunks: readonly SpanChunk[]
  readonly rejected: number
}

/** Tags: the field's number and, in the last three bits, its wire type. */
const REQUEST_RESOURCE_SPANS = 0x0a
const RESOURCE_SPANS_RESOURCE = 0x0a
const RESOURCE_SPANS_SCOPE_SPANS = 0x12
const SCOPE_SPANS_SPANS = 0x12
/** A stretch of the request's bytes. */
interface Range {
  readonly from: number
  readonly to: number
}
interface Draft {
  readonly heads: SpanHead[]
  /** By the index of its ScopeSpans. */
  readonly spans: Range[][]
}

/**
 * Takes an ExportTraceServiceRequest apart into its traces, without decoding it: each chunk is a request of its own,
 * made of the very bytes that came. Throws on what `decodeProtobuf` would throw on.
 */
export function splitProtobuf(body: Buffer): Split {
  const reader = protobuf.Reader.create(body)
  const request = shapeOf('ExportTraceServiceRequest')
  const chunks: SpanChunk[] = []
  let rejected = 0
  while (reader.pos < reader.len) {
    const tag = reader.tag()
    if (tag === REQUEST_RESOURCE_SPANS) rejected += splitResourceSpans(reader, body, chunks)
    else passField(reader, request, tag, 0)
  }
  return { chunks, rejected }
}

/** Appends a chunk for each trace in it; returns how many of its spans are rejected. */
function splitResourceSpans(reader: Reader, body: Buffer, chunks: SpanChunk[]): number {
  const shape = shapeOf('ResourceSpans')
  const fields: Range[] = []
  const resource: Range[] = []
  const scopes: Range[][] = []
  const traces = new Map<string, Draft>()
  let rejected = 0
  const outer = enter(reader, 1)
  while (reader.pos < reader.len) {
    const from = reader.pos
    const tag = reader.tag()
    if (tag === RESOURCE_SPANS_SCOPE_SPANS) {
      const scope: Range[] = []
      rejected += readScopeSpans(reader, body, scopes.length, scope, traces)
      scopes.push(scope)
    } else {
      passField(reader, shape, tag, 1)
      const range = { from, to: reader.pos }
      fields.push(range)
      if (tag === RESOURCE_SPANS_RESOURCE) resource.push(range)
    }
  }
  leave(reader, outer)

  if (traces.size === 0) return rejected
  const origin = originOf(fieldsIn(body, resource))
  for (const [traceId, draft] of traces) {
    const packed = { encoding: 'protobuf', body: pack(body, fields, scopes, draft.spans) } as const
    chunks.push(chunkOf(traceId, origin, draft.heads, packed))
  }
  return rejected
}

function readScopeSpans(
  reader: Reader,
  body: Buffer,
  scopeIndex: number,
  scope: Range[],
  traces: Map<string, Draft>,
): number {
  const shape = shapeOf('ScopeSpans')
  let rejected = 0
  const outer = enter(reader, 2)
  while (reader.pos < reader.len) {
    const from = reader.pos
    const tag = reader.tag()
    if (tag !== SCOPE_SPANS_SPANS) {
      passField(reader, shape, tag, 2)
      scope.push({ from, to: reader.pos })
      continue
    }
    const { traceId, head } = readSpanHead(reader, body)
    if (!head) {
      rejected++
      continue
    }
    const draft = traces.get(traceId) ?? { heads: [], spans: [] }
    if (draft.heads.length === 0) traces.set(traceId, draft)
    draft.heads.push(head)
    const ranges = draft.spans[scopeIndex] ?? []
    if (ranges.length === 0) draft.spans[scopeIndex] = ranges
    ranges.push({ from, to: reader.pos })
  }
  leave(reader, outer)
  return rejected
}

/** A ResourceSpans of these fields alone. */
function fieldsIn(body: Buffer, fields: readonly Range[]) {
  const bytes = Buffer.concat(fields.map(({ from, to }) => body.subarray(from, to)))
  return decodeProtobuf('ResourceSpans', bytes)
}

/** An ExportTraceServiceRequest of these spans alone; `fields` are those of its ResourceSpans. */
function pack(
  body: Buffer,
  fields: readonly Range[],
  scopes: readonly (readonly Range[])[],
  spans: readonly (readonly Range[] | undefined)[],
): Uint8Array {
  const writer = protobuf.Writer.create()
  const raw = ({ from, to }: Range) => writer.raw(body.subarray(from, to))
  writer.uint32(REQUEST_RESOURCE_SPANS).fork()
  fields.forEach(raw)
  for (const [index, scope] of scopes.entries()) {
    const ranges = spans[index]
    if (!ranges) continue
    writer.uint32(RESOURCE_SPANS_SCOPE_SPANS).fork()
    scope.forEach(raw)
    ranges.forEach(raw)
    writer.ldelim()
  }
  return writer.ldelim().finish()
}
