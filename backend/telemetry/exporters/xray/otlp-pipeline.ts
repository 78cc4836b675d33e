import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace'
import type { XRayOtlpOptions } from '../../options.ts'
import type { Delivery } from '../delivery.ts'
import { createSpanQueue } from '../queue.ts'
import { isAnnotated } from './document-fields.ts'
import { SignedOtlpExporter } from './signed-otlp-exporter.ts'
import { createSigner } from './signer.ts'

/** Sends spans, SigV4-signed, to X-Ray's OTLP endpoint. The X-Ray SDK is not loaded. */
export function createOtlpPipeline(options: XRayOtlpOptions, delivery: Delivery): SpanProcessor {
  const signer = createSigner(options.region, options.credentials)
  const queue = createSpanQueue(new SignedOtlpExporter(options.endpoint, signer, delivery), delivery)
  return { ...queue, onEnd: (span) => queue.onEnd(withAnnotations(span)) }
}

/**
 * X-Ray indexes the attributes that `aws.xray.annotations` lists. They are known only when the span has ended and is
 * read-only, hence a view of it.
 *
 * Source: https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/exporter/awsxrayexporter
 */
function withAnnotations(span: ReadableSpan): ReadableSpan {
  const annotated = Object.keys(span.attributes).filter(isAnnotated)
  if (annotated.length === 0) return span
  const attributes = { ...span.attributes, 'aws.xray.annotations': annotated }
  return Object.create(span, { attributes: { value: attributes, enumerable: true } }) as ReadableSpan
}
