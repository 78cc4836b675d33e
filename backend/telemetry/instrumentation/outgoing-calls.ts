import type { Instrumentation } from '@opentelemetry/instrumentation'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'

/** Spans for calls of this process: HTTP by `node:http` and by `fetch`, and Postgres. */
export function createInstrumentations(): Instrumentation[] {
  return [
    new HttpInstrumentation({
      disableIncomingRequestInstrumentation: true,
      // The redaction processor redacts for every instrumentation.
      redactedQueryParams: [],
    }),
    new UndiciInstrumentation(),
    createPgInstrumentation(),
  ]
}

/**
 * Spans for queries of a request, without their values, which are people's data. The pool's own queries and the
 * migrations have no parent span and get none. Spans are named `SELECT cruddur`, the conventions' form for a query whose
 * table is unknown.
 *
 * pg's `pool.query()` that waits for a connection continues in the context of the request that released one. The pool of
 * the application must prevent this (as `backend/database/pool.ts` does), or use `await pool.connect()`.
 *
 * Source: https://opentelemetry.io/docs/specs/semconv/database/database-spans/#name
 */
function createPgInstrumentation(): PgInstrumentation {
  return new PgInstrumentation({
    requireParentSpan: true,
    ignoreConnectSpans: true,
    requestHook: (span, { query, connection }) => {
      const operation = /^\s*(\w+)/.exec(query.text)?.[1]?.toUpperCase()
      if (!operation) return
      span.setAttribute('db.operation.name', operation)
      span.updateName(`${operation} ${connection.database ?? 'postgresql'}`)
    },
  })
}
