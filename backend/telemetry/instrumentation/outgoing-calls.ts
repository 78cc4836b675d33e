import type { Instrumentation } from '@opentelemetry/instrumentation'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { createPgInstrumentation } from './pg.ts'

/** What this process calls: HTTP by `node:http` and by `fetch`, and Postgres. What it serves: incoming-http.ts. */
export function createInstrumentations(): Instrumentation[] {
  return [
    new HttpInstrumentation({
      disableIncomingRequestInstrumentation: true,
      // The redaction processor does it, for every instrumentation.
      redactedQueryParams: [],
    }),
    new UndiciInstrumentation(),
    createPgInstrumentation(),
  ]
}
