import { IncomingMessage, ServerResponse } from 'node:http'
import { plainValue } from '../errors/plain-value.ts'
import { copyError, isError, ReportedError } from '../errors/reported-error.ts'
import type { Scrub } from '../privacy/scrub.ts'

/** Keys that the log itself writes. Of two equal keys in JSON a reader takes the last, so no field may have such a name. */
const OWN_KEYS = new Set(['level', 'time', 'service', 'trace_id', 'span_id', 'msg'])

/**
 * The fields of an entry as they are logged. A field whose name the log itself writes gets an underscore before it: `time`
 * is logged as `_time`. Only `msg` is the message where the call has no other. Errors are logged as their copies. Throws
 * if a field cannot be read.
 */
export function loggedFields(fields: object, hasMessage: boolean, scrub: Scrub): object {
  if (isError(fields)) return { err: errorFields(copyError(fields, scrub)) }
  // Pino has a form for them.
  if (fields instanceof IncomingMessage || fields instanceof ServerResponse) return fields
  const logged: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(fields)) {
    const isMessage = key === 'msg' && !hasMessage && typeof value === 'string'
    const name = OWN_KEYS.has(key) && !isMessage ? freeName(key, fields) : key
    const isCopy = value instanceof ReportedError
    const isThrown = isCopy || (key === 'err' && value !== undefined && value !== null) || isError(value)
    logged[name] = isThrown ? errorFields(copyError(value, scrub)) : value
  }
  return logged
}

/** The same for fields that cannot be read or written. Never throws. */
export function readableFields(fields: object, hasMessage: boolean, scrub: Scrub): object {
  const plain = plainValue(fields, (error) => copyError(error, scrub))
  return typeof plain === 'object' && plain !== null
    ? loggedFields(plain, hasMessage, scrub)
    : { fields: plain }
}

function freeName(key: string, fields: object): string {
  const name = `_${key}`
  return Object.hasOwn(fields, name) ? freeName(name, fields) : name
}

function errorFields({ type, message, code, stack }: ReportedError): object {
  return { type, message, ...(code && { code }), stack }
}
