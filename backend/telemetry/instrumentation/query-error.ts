import type { Attributes } from '@opentelemetry/api'

/** What instrumentation-pg writes instead of an error's message, which may quote values. */
const ERROR_TEXT = /^PostgreSQL error of type '(.*)' occurred \(code: (.*)\)$/
const SQL_STATE = /^[0-9A-Z]{5}$/

/**
 * The attributes of a failed query, which instrumentation-pg has only in its metric: the SQLSTATE, else the code of the
 * connection's error, else the error's name. Empty for the text of another instrumentation.
 *
 * Source: https://opentelemetry.io/docs/specs/semconv/db/postgresql/
 */
export function queryErrorAttributes(text: string): Attributes {
  const [, name, code] = ERROR_TEXT.exec(text) ?? []
  if (name === undefined || code === undefined) return {}
  if (SQL_STATE.test(code)) return { 'db.response.status_code': code, 'error.type': code }
  return { 'error.type': code === 'UNKNOWN' ? name : code }
}
