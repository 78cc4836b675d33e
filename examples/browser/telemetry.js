import { context, defaultTextMapSetter, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { W3CTraceContextPropagator } from '@opentelemetry/core'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace'
import Rollbar from 'rollbar'

// Vite puts variables of this prefix into the page. A page has no secrets: everyone who opens it can read them.
const {
  VITE_OTLP_ENDPOINT = 'http://localhost:4318',
  VITE_HONEYCOMB_KEY = 'sandbox',
  VITE_ROLLBAR_ENDPOINT = 'http://localhost:4318/api/1/item/',
  VITE_ROLLBAR_TOKEN = 'sandbox',
} = import.meta.env

const exporter = new OTLPTraceExporter({
  url: `${VITE_OTLP_ENDPOINT}/v1/traces`,
  headers: { 'x-honeycomb-team': VITE_HONEYCOMB_KEY },
})
const provider = new TracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'my-page' }),
  // Also sends what is left when the page is hidden or closed.
  spanProcessors: [new BatchSpanProcessor({ exporter, scheduledDelayMillis: 500 })],
})
const tracer = provider.getTracer('my-page')
const propagator = new W3CTraceContextPropagator()
const rollbar = new Rollbar({
  accessToken: VITE_ROLLBAR_TOKEN,
  endpoint: VITE_ROLLBAR_ENDPOINT,
  captureUncaught: true,
})

/** Runs `work` in a root span, which ends with it. An error is also sent to Rollbar, with the trace's id. */
export async function traced(name, work) {
  const span = tracer.startSpan(name)
  try {
    return await work(span)
  } catch (error) {
    span.recordException(error)
    span.setStatus({ code: SpanStatusCode.ERROR, message: error.message })
    const { traceId: trace_id, spanId: span_id } = span.spanContext()
    rollbar.error(error, { trace_id, span_id })
  } finally {
    span.end()
  }
}

/** `fetch` in a span below `parent`. The header `traceparent` lets the server continue the trace. */
export async function tracedFetch(parent, url) {
  const within = trace.setSpan(context.active(), parent)
  const span = tracer.startSpan('GET', { kind: SpanKind.CLIENT, attributes: { 'url.full': url } }, within)
  const headers = {}
  propagator.inject(trace.setSpan(within, span), headers, defaultTextMapSetter)
  try {
    const response = await fetch(url, { headers })
    span.setAttribute('http.response.status_code', response.status)
    return response
  } finally {
    span.end()
  }
}
