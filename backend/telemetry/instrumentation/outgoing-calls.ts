import type { Instrumentation } from '@opentelemetry/instrumentation'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg'
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici'
import { ATTR_DB_OPERATION_NAME } from '@opentelemetry/semantic-conventions'

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

/**
 * Queries of a request, not the pool's housekeeping or migrations, and no values: those are people's data. Spans are
 * named `SELECT cruddur`, as the conventions say, where no name of a table is known.
 *
 * A `pool.query()` that waits for a connection goes on in the context of whichever request gives one back, unless the
 * pool keeps contexts apart (`../../database/pool.ts`) or one waits with `await pool.connect()`.
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
      span.setAttribute(ATTR_DB_OPERATION_NAME, operation)
      span.updateName(`${operation} ${connection.database ?? 'postgresql'}`)
    },
  })
}
