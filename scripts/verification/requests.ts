import { createSocket } from 'node:dgram'
import { ROOT_CONTEXT, SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { AWSXRayIdGenerator } from '@opentelemetry/id-generator-aws-xray'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { AlwaysOnSampler, type Span, TracerProvider } from '@opentelemetry/sdk-trace'
import { z } from 'zod'
import { DATAGRAM_HEADER } from '../../contracts/daemon-address.ts'
import { toXRayTraceId } from '../../contracts/trace-id.ts'
import { VERIFY_USER_AGENT } from '../../contracts/verify-client.ts'
import type { HoneycombTarget, Providers, XRayTarget } from '../../settings/providers.ts'

const REQUEST_TIMEOUT_MS = 10_000
const EXPORT_TIMEOUT_MS = 5_000

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
  /** From the header `traceresponse`: the trace that the api continued or started, and whether it sampled it. */
  readonly answeredTraceId: string | undefined
  readonly isSampled: boolean | undefined
  readonly rollbarUuid: string | undefined
}

/** A tracer whose spans are all sampled and have trace ids that X-Ray accepts. */
export function openTracer(service: string): Tracer {
  return new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': service }),
    sampler: new AlwaysOnSampler(),
    idGenerator: new AWSXRayIdGenerator(),
  }).getTracer('verify')
}

/** Sends one request as the root span of a sampled trace, which the api gets in both notations. */
export async function sendRequest(
  tracer: Tracer,
  api: string,
  path: string,
): Promise<{ readonly answer: Answer; readonly span: Span }> {
  const url = new URL(path, api)
  const attributes = {
    'http.request.method': 'GET',
    'url.full': url.href,
    'server.address': url.hostname,
    'server.port': Number(url.port || 80),
  }
  const options = { kind: SpanKind.CLIENT, attributes }
  // The SDK's tracer returns the SDK's spans.
  const span = tracer.startSpan(`GET ${url.pathname}`, options, ROOT_CONTEXT) as Span
  const { traceId, spanId } = span.spanContext()
  const startedAt = Date.now()
  const asked = performance.now()
  const end = (status: number) => {
    if (status > 0) span.setAttribute('http.response.status_code', status)
    if (status === 0 || status >= 400) span.setStatus({ code: SpanStatusCode.ERROR })
    span.end()
    return { path, traceId, startedAt, status, durationMs: performance.now() - asked }
  }
  try {
    const response = await fetch(url, {
      headers: {
        'user-agent': VERIFY_USER_AGENT,
        traceparent: `00-${traceId}-${spanId}-01`,
        'x-amzn-trace-id': `Root=${toXRayTraceId(traceId)};Parent=${spanId};Sampled=1`,
      },
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    })
    const body: unknown = await response.json().catch(() => undefined)
    const [, answeredTraceId, , flags] = response.headers.get('traceresponse')?.split('-') ?? []
    const answer = {
      ...end(response.status),
      answeredTraceId,
      isSampled: flags === undefined ? undefined : (Number.parseInt(flags, 16) & 1) === 1,
      rollbarUuid: ProblemBody.safeParse(body).data?.rollbar_uuid,
    }
    return { span, answer }
  } catch {
    const unknown = { answeredTraceId: undefined, isSampled: undefined, rollbarUuid: undefined }
    return { span, answer: { ...end(0), ...unknown } }
  }
}

/**
 * Sends the spans of verify's own requests to Honeycomb and X-Ray, so that each has the traces from their beginning.
 * Never throws: the look-ups find what did not arrive. `isCollected`: the api's spans go to an OpenTelemetry Collector,
 * which passes them on to both providers.
 */
export async function sendSpans(
  spans: Span[],
  { honeycomb, xray }: Providers,
  isCollected: boolean,
): Promise<void> {
  // Behind a collector one copy is enough, and two would double the spans in Honeycomb: spans to the collector that
  // the settings name, else segments to the daemon's port, where the collector beside the containers listens.
  const isNamed = xray.pipeline === 'collector'
  await Promise.all([
    honeycomb.mode !== 'off' && (!isCollected || isNamed) && exportSpans(spans, honeycomb),
    xray.mode !== 'off' && !isNamed && sendSegments(spans, xray),
  ])
}

function exportSpans(spans: Span[], { otlpEndpoint, otlpHeaders }: HoneycombTarget): Promise<void> {
  const exporter = new OTLPTraceExporter({
    url: `${otlpEndpoint}/v1/traces`,
    headers: { ...otlpHeaders },
    timeoutMillis: EXPORT_TIMEOUT_MS,
  })
  return new Promise((resolve) => exporter.export(spans, () => resolve()))
}

/** The daemon's protocol: one datagram per document, after a header line. */
async function sendSegments(spans: readonly Span[], { daemon }: XRayTarget): Promise<void> {
  const socket = createSocket('udp4')
  for (const span of spans) {
    const message = DATAGRAM_HEADER + JSON.stringify(toSegment(span))
    await new Promise<void>((resolve) =>
      socket.send(message, daemon.udp.port, daemon.udp.host, () => resolve()),
    )
  }
  socket.close()
}

function toSegment(span: Span) {
  const { startTime, endTime, attributes, resource } = span
  const { traceId, spanId } = span.spanContext()
  const status = Number(attributes['http.response.status_code'] ?? 0)
  return {
    name: resource.attributes['service.name'],
    id: spanId,
    trace_id: toXRayTraceId(traceId),
    start_time: startTime[0] + startTime[1] / 1e9,
    end_time: endTime[0] + endTime[1] / 1e9,
    http: {
      request: { method: attributes['http.request.method'], url: attributes['url.full'] },
      ...(status > 0 && { response: { status } }),
    },
    ...((status === 0 || status >= 500) && { fault: true }),
    ...(status >= 400 && status < 500 && { error: true }),
  }
}
