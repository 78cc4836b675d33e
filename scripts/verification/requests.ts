import { createSocket } from 'node:dgram'
import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode } from '@opentelemetry/api'
import { ExportResultCode } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { AWSXRayIdGenerator } from '@opentelemetry/id-generator-aws-xray'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { AlwaysOnSampler, type ReadableSpan, TracerProvider } from '@opentelemetry/sdk-trace'
import { z } from 'zod'
import { DATAGRAM_HEADER } from '../../contracts/daemon-address.ts'
import { toXRayTraceId } from '../../contracts/trace-id.ts'
import type { Providers } from '../../settings/providers.ts'

const REQUEST_TIMEOUT_MS = 10_000
const EXPORT_TIMEOUT_MS = 5_000

/** Tells a collector to keep the trace (collector/gateway.yaml). */
export const USER_AGENT = 'cruddur-verify'

const ProblemBody = z.object({ rollbar_uuid: z.string().optional() })

/** The outcome of one request to the api. */
export interface Answer {
  readonly path: string
  readonly traceId: string
  /** 0: no answer. */
  readonly status: number
  readonly durationMs: number
  /** Epoch milliseconds. */
  readonly startedAt: number
  /** The trace that the answer names, and whether the api sampled it. */
  readonly answeredTraceId: string | undefined
  readonly isSampled: boolean | undefined
  readonly rollbarUuid: string | undefined
}

/** Sends one request as the root span of a sampled trace, which the api gets in both notations. */
export async function sendRequest(spans: ClientSpans, api: string, path: string): Promise<Answer> {
  const url = new URL(path, api)
  const span = spans.start('GET', url)
  const startedAt = Date.now()
  const asked = performance.now()
  const base = { path, traceId: span.traceId, startedAt }
  try {
    const response = await fetch(url, {
      headers: {
        'user-agent': USER_AGENT,
        traceparent: `00-${span.traceId}-${span.spanId}-01`,
        'x-amzn-trace-id': `Root=${toXRayTraceId(span.traceId)};Parent=${span.spanId};Sampled=1`,
      },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    })
    const body: unknown = await response.json().catch(() => undefined)
    span.end(response.status)
    const [, answeredTraceId, , flags] = response.headers.get('traceresponse')?.split('-') ?? []
    return {
      ...base,
      status: response.status,
      durationMs: performance.now() - asked,
      answeredTraceId,
      isSampled: flags === undefined ? undefined : (Number.parseInt(flags, 16) & 1) === 1,
      rollbarUuid: ProblemBody.safeParse(body).data?.rollbar_uuid,
    }
  } catch {
    span.end(0)
    const durationMs = performance.now() - asked
    return {
      ...base,
      status: 0,
      durationMs,
      answeredTraceId: undefined,
      isSampled: undefined,
      rollbarUuid: undefined,
    }
  }
}

/** One request of verify, as the root of its trace. */
export interface ClientSpan {
  readonly traceId: string
  readonly spanId: string
  /** Ends the span; `status` is 0 where there was no answer. */
  end(status: number): void
}

/**
 * The spans of verify's own requests: the roots of their traces and the sampled parents of the api's spans. They are
 * sent too, so that each provider has the trace from its beginning.
 */
export class ClientSpans {
  readonly #service: string
  readonly #providers: Providers
  readonly #isCollected: boolean
  readonly #ended: ReadableSpan[] = []
  readonly #provider: TracerProvider

  /** `isCollected`: the api's spans go to an OpenTelemetry Collector, which passes them on to both providers. */
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

  /** Sends the ended spans to Honeycomb and X-Ray. Never throws: the look-ups find what did not arrive. */
  async send(): Promise<void> {
    const { honeycomb, xray } = this.#providers
    const spans = this.#ended.splice(0)
    // Behind a collector one copy is enough, and two would double the spans in Honeycomb: spans to the collector that
    // the settings name, else segments to the daemon's port, where the collector beside the containers listens.
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

  /** The daemon's protocol: one datagram per document, after a header line. */
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
