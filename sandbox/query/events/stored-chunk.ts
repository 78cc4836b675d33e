import type { Span } from '../../../contracts/sandbox/trace.ts'
import { messageOf } from '../../honeycomb/fields.ts'
import { spansOf } from '../../honeycomb/records.ts'
import type { StoredSpans } from '../../store/spans.ts'
import { type ResourceSpans, toResourceSpans } from './otlp.ts'
import { readResourceSpans } from './otlp-protobuf.ts'

/** The spans of a stored chunk. */
export function resourceSpansOf({ encoding, body }: StoredSpans): ResourceSpans[] {
  if (encoding === 'protobuf') return readResourceSpans(body)
  const json: unknown = JSON.parse(
    Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'),
  )
  return toResourceSpans(encoding === 'json' ? spansOf(messageOf(json)) : (json as Span[]))
}
