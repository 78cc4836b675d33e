import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace'
import type { Delivery } from '../delivery.ts'
import { createSpanQueue } from '../span-queue.ts'
import { isAnnotated } from './annotated.ts'
import { SignedOtlpExporter } from './signed-otlp-exporter.ts'
import { type Credentials, createSigner } from './signer.ts'

export interface XRayOtlpOptions {
  readonly pipeline: 'otlp'
  /** The whole address that spans are posted to. */
  readonly endpoint: string
  /** The region that the signature names. */
  readonly region: string
  /** Without them they are found as every AWS SDK finds them: environment, profile, SSO, container role. */
  readonly credentials?: Credentials | undefined
}

/** Spans as they are, SigV4-signed, to X-Ray's OTLP endpoint. Nothing of the X-Ray SDK is loaded. */
export function createXRayOtlpPipeline(options: XRayOtlpOptions, delivery: Delivery): SpanProcessor {
  const signer = createSigner(options.region, options.credentials)
  const queue = createSpanQueue(new SignedOtlpExporter(options.endpoint, signer, delivery), delivery)
  return { ...queue, onEnd: (span) => queue.onEnd(withAnnotations(span)) }
}

/**
 * X-Ray indexes the attributes that `aws.xray.annotations` lists. They are known only at a span's end, when it can be
 * read but no more written to, hence a view of it.
 *
 * Source: https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/exporter/awsxrayexporter
 */
function withAnnotations(span: ReadableSpan): ReadableSpan {
  const annotated = Object.keys(span.attributes).filter(isAnnotated)
  if (annotated.length === 0) return span
  const attributes = { ...span.attributes, 'aws.xray.annotations': annotated }
  return Object.create(span, { attributes: { value: attributes, enumerable: true } }) as ReadableSpan
}
