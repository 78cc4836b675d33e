import type { SpanChunk } from '../store/spans.ts'
import { listOf, type Message } from './fields.ts'
import { hasValidIds, originOf, type Span, spansOf } from './span.ts'
import { chunkOf } from './span-chunk.ts'
import type { Split } from './split-protobuf.ts'

/**
 * Takes an ExportTraceServiceRequest in JSON apart into its traces: each chunk is a request of its own, its members
 * as they came. Throws a FormatError for what is none.
 */
export function splitJson(request: Message): Split {
  const chunks: SpanChunk[] = []
  let rejected = 0
  for (const resourceSpans of listOf(request.resourceSpans)) {
    const origin = originOf(resourceSpans)
    const traces = new Map<string, { spans: Span[]; scopes: Map<Message, Message[]> }>()
    for (const scopeSpans of listOf(resourceSpans.scopeSpans)) {
      const raws = listOf(scopeSpans.spans)
      for (const [index, span] of spansOf({ resourceSpans: [{ scopeSpans: [scopeSpans] }] }).entries()) {
        if (!hasValidIds(span)) {
          rejected++
          continue
        }
        const trace = traces.get(span.traceId) ?? { spans: [], scopes: new Map<Message, Message[]>() }
        if (trace.spans.length === 0) traces.set(span.traceId, trace)
        trace.spans.push(span)
        const ofScope = trace.scopes.get(scopeSpans) ?? []
        if (ofScope.length === 0) trace.scopes.set(scopeSpans, ofScope)
        ofScope.push(raws[index] ?? {})
      }
    }
    for (const [traceId, { spans, scopes }] of traces) {
      const scopeSpans = [...scopes].map(([scope, raws]) => ({ ...scope, spans: raws }))
      const body = Buffer.from(JSON.stringify({ resourceSpans: [{ ...resourceSpans, scopeSpans }] }))
      chunks.push(chunkOf(traceId, origin, spans.map(headOf), { encoding: 'json', body }))
    }
  }
  return { chunks, rejected }
}

function headOf(span: Span) {
  return {
    spanId: span.spanId,
    name: span.name,
    isRoot: span.parentSpanId === '',
    isError: span.status.code === 'ERROR',
    startMs: Number(span.startTimeUnixNano) / 1e6,
    endMs: Number(span.endTimeUnixNano) / 1e6,
  }
}
