import { AsyncResource } from 'node:async_hooks'
import { InstrumentationNodeModuleDefinition } from '@opentelemetry/instrumentation'
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg'
import { sqlOperation } from './sql-operation.ts'

/**
 * Spans for queries of a request, without their values, which are people's data. Queries outside of a request, such as
 * those of migrations, have no parent span and get none. Spans are named `SELECT cruddur`, the conventions' form for a
 * query whose table is unknown, and say how many rows were returned, which the convention leaves to the user to ask for.
 *
 * Source: https://opentelemetry.io/docs/specs/semconv/database/database-spans/#name,
 * https://opentelemetry.io/docs/specs/semconv/registry/attributes/db/#db-response-returned-rows
 */
export function createPgInstrumentation(): PgInstrumentation {
  return new ContextKeepingPgInstrumentation({
    requireParentSpan: true,
    ignoreConnectSpans: true,
    requestHook: (span, { query, connection }) => {
      if (!span.isRecording()) return
      const target = connection.database ?? 'postgresql'
      const operation = sqlOperation(query.text)
      if (operation) span.setAttribute('db.operation.name', operation)
      span.updateName(operation ? `${operation} ${target}` : target)
    },
    responseHook: (span, { data }) => {
      // A text with several statements has a list of results. The convention's number is that of one statement.
      if (Array.isArray(data?.rows)) span.setAttribute('db.response.returned_rows', data.rows.length)
    },
  })
}

type Connect = (this: unknown, callback?: (...results: unknown[]) => void) => unknown
type PoolModule = { readonly prototype: { connect: Connect } }

/**
 * Makes the callers that wait for a connection of a full pool continue in their own context. With pg-pool they continue in
 * that of the request which released the connection, so that the span of `pool.query()` would become part of another
 * request's trace. Callers of `await pool.connect()` keep their context anyway.
 */
class ContextKeepingPgInstrumentation extends PgInstrumentation {
  protected override init(): ReturnType<PgInstrumentation['init']> {
    const bound = new WeakSet<object>()
    const bind = (module: PoolModule & { readonly default?: PoolModule }) => {
      const { prototype } = module.default ?? module
      // Called for an import and for a `require` of the same module.
      if (bound.has(prototype)) return module
      bound.add(prototype)
      const { connect } = prototype
      prototype.connect = function (callback) {
        return connect.call(this, callback && AsyncResource.bind(callback))
      }
      return module
    }
    return [...super.init(), new InstrumentationNodeModuleDefinition('pg-pool', ['>=2.0.0 <4'], bind)]
  }
}
