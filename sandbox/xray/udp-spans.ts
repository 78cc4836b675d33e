import { decodeProtobuf } from '../honeycomb/otlp-schema.ts'
import { hasValidIds, spansOf } from '../honeycomb/records.ts'
import { documentOfSpan } from './otlp-segment.ts'
import { DocumentError } from './segment-document.ts'

/** Before the base64 of an ExportTraceServiceRequest: kept and not kept requests. */
const SPANS = 'T1S'
const NOT_SAMPLED = 'T1U'

/**
 * The segment documents in what a client sends as one. AWS's distributions of OpenTelemetry send spans to the daemon, in
 * AWS Lambda, which X-Ray stores as segments. Of requests that were not kept, X-Ray only makes metrics, so they have none.
 * Throws a DocumentError for spans that cannot be read.
 *
 * Source: https://github.com/aws-observability/aws-otel-python-instrumentation/blob/main/aws-opentelemetry-distro/src/amazon/opentelemetry/distro/otlp_udp_exporter.py
 */
export function documentsIn(text: string): string[] {
  if (text.startsWith(NOT_SAMPLED)) return []
  if (!text.startsWith(SPANS)) return [text]
  return spansIn(Buffer.from(text.slice(SPANS.length), 'base64'))
    .filter(hasValidIds)
    .map(documentOfSpan)
}

function spansIn(body: Buffer) {
  try {
    return spansOf(decodeProtobuf('ExportTraceServiceRequest', body))
  } catch {
    throw new DocumentError('ParseError', 'Invalid spans. ErrorCode: ParseError')
  }
}
