import type { StoredSpans } from '../store/spans.ts'
import { messageOf } from './fields.ts'
import { decodeProtobuf } from './otlp-schema.ts'
import { type Span, spansOf } from './span.ts'

/** Decodes what is stored of a trace: its spans by their start. Of one that came twice, the later stays. */
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
    // protobufjs gives Buffers, which is what ids are read from, for a Buffer alone.
    const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
    return spansOf(decodeProtobuf('ExportTraceServiceRequest', bytes))
  }
  const json: unknown = JSON.parse(Buffer.from(body).toString('utf8'))
  return encoding === 'json' ? spansOf(messageOf(json)) : (json as Span[])
}
