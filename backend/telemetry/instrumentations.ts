import type { Instrumentation } from '@opentelemetry/instrumentation'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { describeServerSpan } from './http-route.ts'
import { createPgInstrumentation } from './pg.ts'

export interface Instrumentations {
  readonly http: HttpInstrumentation
  readonly all: readonly Instrumentation[]
}

/** What is traced: HTTP in and out, `fetch`, Postgres. Express is told by its routes (http-route.ts). */
export function createInstrumentations(untracedPaths: readonly string[]): Instrumentations {
  const untraced = new Set(untracedPaths)
  const http = new HttpInstrumentation({
    ignoreIncomingRequestHook: ({ url = '' }) => untraced.has(url.split('?', 1)[0] ?? ''),
    applyCustomAttributesOnSpan: describeServerSpan,
    // The redaction processor does both ways, for every instrumentation.
    redactedQueryParams: [],
    redactedQueryParamsServer: [],
  })
  return { http, all: [http, new UndiciInstrumentation(), createPgInstrumentation()] }
}
