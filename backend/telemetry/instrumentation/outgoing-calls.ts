import type { Instrumentation } from '@opentelemetry/instrumentation'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { createPgInstrumentation } from './postgres.ts'
import { resendAttributes } from './resend-count.ts'

/** Spans for calls of this process: HTTP by `node:http` and by `fetch`, and Postgres. */
export function createInstrumentations(): Instrumentation[] {
  return [
    new HttpInstrumentation({
      disableIncomingRequestInstrumentation: true,
      // privacy/span-processor.ts redacts for every instrumentation.
      redactedQueryParams: [],
    }),
    new UndiciInstrumentation({ startSpanHook: resendAttributes }),
    createPgInstrumentation(),
  ]
}
