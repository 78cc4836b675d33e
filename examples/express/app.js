import { trace } from '@opentelemetry/api'
import express from 'express'
import Rollbar from 'rollbar'
import { stopTracing } from './tracing.js'

const { PORT = '8080', ROLLBAR_ENDPOINT, ROLLBAR_ACCESS_TOKEN } = process.env

const rollbar = new Rollbar({
  // Without a token, Rollbar's SDK would end the process at the first error.
  enabled: Boolean(ROLLBAR_ACCESS_TOKEN),
  accessToken: ROLLBAR_ACCESS_TOKEN,
  ...(ROLLBAR_ENDPOINT && { endpoint: ROLLBAR_ENDPOINT }),
  environment: 'development',
})

const app = express()

app.get('/', (_request, response) => {
  response.json({ trace_id: traceId() })
})

app.get('/error', () => {
  throw new Error('This error is deliberate.')
})

// After all routes: Express calls it with every error that a route throws or rejects with.
app.use((error, request, response, _next) => {
  trace.getActiveSpan()?.recordException(error)
  const { traceId: trace_id, spanId: span_id } = trace.getActiveSpan()?.spanContext() ?? {}
  rollbar.error(error, request, { trace_id, span_id })
  response.status(500).json({ trace_id: traceId() })
})

/** The trace id of the request that is being answered, as 32 hex digits. */
function traceId() {
  return trace.getActiveSpan()?.spanContext().traceId
}

const server = app.listen(Number(PORT), '127.0.0.1', (error) => {
  if (error) throw error
  console.log(`http://127.0.0.1:${PORT}`)
})

// Answers the requests in progress and sends their spans. Then nothing keeps the process alive.
const stop = () => server.close(stopTracing)
process.once('SIGINT', stop)
process.once('SIGTERM', stop)
