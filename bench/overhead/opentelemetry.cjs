// OpenTelemetry alone, well configured: the instrumentations that the application uses instead of all forty, every trace
// sampled, and the batch settings of backend/telemetry. In CommonJS, where it needs no hook for ES modules.
const { OTLPTraceExporter } = require('@opentelemetry/exporter-trace-otlp-proto')
const { ExpressInstrumentation } = require('@opentelemetry/instrumentation-express')
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http')
const { UndiciInstrumentation } = require('@opentelemetry/instrumentation-undici')
const { NodeSDK } = require('@opentelemetry/sdk-node')
const { BatchSpanProcessor } = require('@opentelemetry/sdk-trace')

const exporter = new OTLPTraceExporter({
  url: `${process.env.BENCH_SINK}/v1/traces`,
  headers: { 'x-honeycomb-team': 'bench' },
})
new NodeSDK({
  autoDetectResources: false,
  instrumentations: [new HttpInstrumentation(), new ExpressInstrumentation(), new UndiciInstrumentation()],
  spanProcessors: [new BatchSpanProcessor({ exporter, maxQueueSize: 8_192, scheduledDelayMillis: 500 })],
}).start()
// Patches Express in place; app.ts imports the same module.
require('express')
const { createApp, listen } = require('./app.ts')

createApp([], []).then(listen)
