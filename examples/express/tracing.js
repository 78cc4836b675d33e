// Loaded before everything else, by `node --import ./tracing.js app.js`: what loads earlier is not traced.
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { AWSXRayIdGenerator } from '@opentelemetry/id-generator-aws-xray'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { NodeSDK } from '@opentelemetry/sdk-node'
import { BatchSpanProcessor } from '@opentelemetry/sdk-trace'

// Prints what a provider rejects. JavaScript's exporters say nothing otherwise.
process.env.OTEL_LOG_LEVEL ??= 'error'

const { OTEL_SERVICE_NAME = 'my-express', XRAY_OTLP_ENDPOINT, XRAY_API_KEY } = process.env

// Honeycomb. OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_EXPORTER_OTLP_HEADERS are its address and key.
const exporters = [new OTLPTraceExporter()]

if (XRAY_OTLP_ENDPOINT) {
  const xray = new OTLPTraceExporter({
    url: XRAY_OTLP_ENDPOINT,
    // OTEL_EXPORTER_OTLP_HEADERS is added to these. The empty header keeps Honeycomb's key from AWS.
    headers: { authorization: `Bearer ${XRAY_API_KEY}`, 'x-honeycomb-team': '' },
  })
  exporters.push(xray)
}

const sdk = new NodeSDK({
  serviceName: OTEL_SERVICE_NAME,
  // Trace ids begin with the time, as X-Ray's SDKs make them.
  idGenerator: new AWSXRayIdGenerator(),
  // Each provider gets every span, half a second after its end. The default is five seconds.
  spanProcessors: exporters.map(
    (exporter) => new BatchSpanProcessor({ exporter, scheduledDelayMillis: 500 }),
  ),
  instrumentations: [
    new HttpInstrumentation({
      applyCustomAttributesOnSpan: nameByRoute,
      // Rollbar's SDK posts by node:http. The OTLP exporters' requests are left out by themselves.
      ignoreOutgoingRequestHook: ({ path }) => path?.startsWith('/api/1/item') ?? false,
    }),
    // Calls by fetch.
    new UndiciInstrumentation(),
  ],
})
sdk.start()

/** `GET /orders/:id` in place of `GET`: otherwise all requests with one method have one name. */
function nameByRoute(span, { method, baseUrl, route }) {
  if (!route) return
  span.setAttribute('http.route', baseUrl + route.path)
  span.updateName(`${method} ${baseUrl}${route.path}`)
}

/** Sends what waits to be sent. */
export const stopTracing = () => sdk.shutdown()
