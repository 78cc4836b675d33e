import type { Span } from '../../contracts/sandbox/trace.ts'
import type { StoredSpans } from '../store/spans.ts'
import { messageOf } from './fields.ts'
import { spanKey } from './ids.ts'
import { decodeProtobuf } from './otlp-schema.ts'
import { spansOf } from './records.ts'

/** Decodes the stored spans of a trace, sorted by start. Of a span that was sent twice, the later one counts. */
export function readSpans(stored: readonly StoredSpans[]): Span[] {
  const spans = new Map<string, Span>()
  for (const chunk of stored) {
    for (const span of decode(chunk))
      spans.set(spanKey(span.spanId, span.kind === 'SERVER'), { ...span, dataset: chunk.dataset })
  }
  const withStart = [...spans.values()].map((span) => ({ span, startNs: BigInt(span.startTimeUnixNano) }))
  return withStart.sort((a, b) => Number(a.startNs - b.startNs)).map(({ span }) => span)
}

function decode({ encoding, body }: StoredSpans): readonly Span[] {
  // protobufjs returns ids as Buffers only when it reads a Buffer.
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  if (encoding === 'protobuf') return spansOf(decodeProtobuf('ExportTraceServiceRequest', bytes))
  const json: unknown = JSON.parse(bytes.toString('utf8'))
  return encoding === 'json' ? spansOf(messageOf(json)) : (json as Span[])
}
