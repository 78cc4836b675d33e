import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import type { SpanProcessor } from '@opentelemetry/sdk-trace'
import type { Delivery } from '../delivery.ts'
import { countDeliveries, createSpanQueue, EXPORT_TIMEOUT_MS } from '../span-queue.ts'

export interface HoneycombOptions {
  /** Base of `/v1/traces`. */
  readonly endpoint: string
  /** `x-honeycomb-team` among them. */
  readonly headers: Readonly<Record<string, string>>
}

/** Spans in batches to Honeycomb by OTLP over HTTP, protobuf. */
export function createHoneycombProcessor(options: HoneycombOptions, delivery: Delivery): SpanProcessor {
  const exporter = new OTLPTraceExporter({
    url: `${options.endpoint}/v1/traces`,
    headers: { ...options.headers },
    timeoutMillis: EXPORT_TIMEOUT_MS,
  })
  return createSpanQueue(countDeliveries(exporter, delivery, explainExport), delivery)
}

/** What a learner can act on, for the failures that are commonest. The response's body is the provider's own words. */
export function explainExport(error: Error | undefined): string {
  const { code, data } = (error ?? {}) as { code?: number | string; data?: string }
  if (code === 401)
    return 'Honeycomb answered 401: the key is missing, mistyped, or of another region (npm run env -- HONEYCOMB_API_KEY)'
  if (code === 'ECONNREFUSED') return 'nothing listens at the OTLP endpoint (npm run status)'
  return [error?.message, data?.slice(0, 200)].filter(Boolean).join(': ') || 'the export failed'
}
