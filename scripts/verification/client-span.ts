import { createSocket } from 'node:dgram'
import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { ExportResultCode } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { AWSXRayIdGenerator } from '@opentelemetry/id-generator-aws-xray'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { AlwaysOnSampler, type ReadableSpan, TracerProvider } from '@opentelemetry/sdk-trace'
import { DATAGRAM_HEADER } from '../../contracts/daemon-address.ts'
import { toXRayTraceId } from '../../contracts/trace-id.ts'
import type { Providers } from '../../settings/providers.ts'

const EXPORT_TIMEOUT_MS = 5_000

/** One request of ours, as the root of its trace. */
export interface ClientSpan {
  readonly traceId: string
  readonly spanId: string
  /** Ends the span; `status` is 0 where there was no answer. */
  end(status: number): void
}

/**
 * The spans of verify's own requests, which are the roots of their traces and the sampled parents of the api's spans.
 * They are sent like anybody's, so that no provider has a trace without its beginning.
 */
export class ClientSpans {
  readonly #service: string
  readonly #providers: Providers
  readonly #isCollected: boolean
  readonly #ended: ReadableSpan[] = []
  readonly #provider: TracerProvider

  /** `isCollected`: the api's spans go to an OpenTelemetry Collector, which sends to both providers what it gets. */
  constructor(service: string, providers: Providers, isCollected = false) {
    this.#isCollected = isCollected
    this.#service = service
    this.#providers = providers
    this.#provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': service }),
      sampler: new AlwaysOnSampler(),
      idGenerator: new AWSXRayIdGenerator(),
      spanProcessors: [
        {
          onStart() {},
          onEnd: (span) => void this.#ended.push(span),
          forceFlush: () => Promise.resolve(),
          shutdown: () => Promise.resolve(),
        },
      ],
    })
  }

  start(method: string, url: URL): ClientSpan {
    const span = this.#provider.getTracer('verify').startSpan(
      `${method} ${url.pathname}`,
      {
        kind: SpanKind.CLIENT,
        attributes: {
          'http.request.method': method,
          'url.full': url.href,
          'server.address': url.hostname,
          'server.port': Number(url.port || 80),
        },
      },
      ROOT_CONTEXT,
    )
    const { traceId, spanId } = span.spanContext()
    return { traceId, spanId, end: (status) => endSpan(span, status) }
  }

  /** Sends what has ended to Honeycomb and X-Ray. Never throws: what did not arrive is found missing later. */
  async send(): Promise<void> {
    const { honeycomb, xray } = this.#providers
    const spans = this.#ended.splice(0)
    // One copy, or Honeycomb would have each span twice: to the collector that the settings name, else to the daemon's
    // port, where a collector beside the containers listens.
    const isNamed = xray.pipeline === 'collector'
    const bySpans = honeycomb.mode !== 'off' && (!this.#isCollected || isNamed)
    const bySegments = xray.mode !== 'off' && !isNamed
    await Promise.all([
      bySpans ? this.#sendSpans(spans) : undefined,
      bySegments ? this.#sendSegments(spans) : undefined,
    ])
  }

  #sendSpans(spans: ReadableSpan[]): Promise<boolean> {
    const { otlpEndpoint, otlpHeaders } = this.#providers.honeycomb
    const exporter = new OTLPTraceExporter({
      url: `${otlpEndpoint}/v1/traces`,
      headers: { ...otlpHeaders },
      timeoutMillis: EXPORT_TIMEOUT_MS,
    })
    return new Promise((resolve) => {
      exporter.export(spans, ({ code }) => resolve(code === ExportResultCode.SUCCESS))
    })
  }

  /** The daemon's protocol: a header line and a document, one datagram each. */
  async #sendSegments(spans: ReadableSpan[]): Promise<void> {
    const { host, port } = this.#providers.xray.daemon.udp
    const socket = createSocket('udp4')
    try {
      for (const span of spans) {
        const message = DATAGRAM_HEADER + JSON.stringify(toSegment(span, this.#service))
        await new Promise<void>((resolve) => socket.send(message, port, host, () => resolve()))
      }
    } finally {
      socket.close()
    }
  }
}

function endSpan(span: Span, status: number): void {
  if (status > 0) span.setAttribute('http.response.status_code', status)
  if (status === 0 || status >= 400) span.setStatus({ code: SpanStatusCode.ERROR })
  span.end()
}

function toSegment(span: ReadableSpan, name: string) {
  const { traceId, spanId } = span.spanContext()
  const status = Number(span.attributes['http.response.status_code'] ?? 0)
  return {
    name,
    id: spanId,
    trace_id: toXRayTraceId(traceId),
    start_time: span.startTime[0] + span.startTime[1] / 1e9,
    end_time: span.endTime[0] + span.endTime[1] / 1e9,
    http: {
      request: { method: span.attributes['http.request.method'], url: span.attributes['url.full'] },
      ...(status > 0 && { response: { status } }),
    },
    ...((status === 0 || status >= 500) && { fault: true }),
    ...(status >= 400 && status < 500 && { error: true }),
  }
}
