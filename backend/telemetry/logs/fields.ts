import { ClientRequest, IncomingMessage, ServerResponse } from 'node:http'
import { type FormOf, plainValue } from '../errors/plain-value.ts'
import { attempt, copyError, isError, ReportedError, read } from '../errors/reported-error.ts'
import type { Scrub } from '../privacy/scrub.ts'
import { createHttpForm, type HttpFormOptions } from './http-form.ts'

/** Keys that the log itself writes. Of two equal keys in JSON a reader takes the last, so no field may have such a name. */
const OWN_KEYS = new Set(['level', 'time', 'service', 'trace_id', 'span_id', 'trace_flags', 'msg'])

/** Makes plain values of what is logged. */
export interface PlainFields {
  /**
   * The fields of an entry as they are logged: a bounded copy (`plainValue`). A field whose name the log itself writes gets
   * an underscore before it: `time` is logged as `_time`. Only `msg` is the message where the call has no other. Errors
   * are logged as their copies, requests and responses as far as the privacy options allow. Never throws.
   */
  of(fields: object, hasMessage: boolean): object
  /** The message, or a value for its placeholders, bounded in the same way. Throws if it cannot be read. */
  inMessage(value: unknown): unknown
}

export function createPlainFields(options: HttpFormOptions, scrub: Scrub): PlainFields {
  const httpForm = createHttpForm(options)
  const formOf: FormOf = (part) => (isThrown(part) ? errorFields(copyError(part, scrub)) : httpForm(part))

  function copyFields(given: object): object {
    const copy = plainValue(given, formOf)
    if (typeof copy !== 'object' || copy === null) return { fields: copy }
    const err = read(copy, 'err')
    if (err === undefined || err === null || isThrown(read(given, 'err'))) return copy
    return { ...copy, err: errorFields(copyError(err, scrub)) }
  }

  return {
    of(fields, hasMessage) {
      const copy = copyFields(named(fields))
      const names = Object.keys(copy)
      if (!names.some((name) => OWN_KEYS.has(name))) return copy
      const entries = Object.entries(copy).map(([name, value]) => {
        const isMessage = name === 'msg' && !hasMessage && typeof value === 'string'
        return [OWN_KEYS.has(name) && !isMessage ? freeName(name, copy) : name, value] as const
      })
      return Object.fromEntries(entries)
    },
    inMessage(value) {
      if (isThrown(value)) {
        const { type, message } = copyError(value, scrub)
        return `${type}: ${message}`
      }
      return plainValue(hasOwnText(value) ? String(value) : value, formOf)
    },
  }
}

/** What is logged without a name gets pino's name for it. */
function named(fields: object): object {
  if (isThrown(fields)) return { err: fields }
  if (isA(fields, IncomingMessage) || isA(fields, ClientRequest)) return { req: fields }
  return isA(fields, ServerResponse) ? { res: fields } : fields
}

/** Whether a value is logged as an error. */
function isThrown(value: unknown): boolean {
  return isA(value, ReportedError) || isError(value)
}

/** `instanceof`, also of a proxy that throws. */
function isA(value: unknown, type: abstract new (...args: never[]) => object): boolean {
  return attempt(() => value instanceof type) ?? false
}

/** Whether an object's class says what its text is, as those of dates and URLs do. Throws if it cannot be read. */
function hasOwnText(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || ArrayBuffer.isView(value))
    return false
  return typeof value.toString === 'function' && value.toString !== Object.prototype.toString
}

function freeName(key: string, fields: object): string {
  const name = `_${key}`
  return Object.hasOwn(fields, name) ? freeName(name, fields) : name
}

function errorFields({ type, message, code, stack }: ReportedError): object {
  return { type, message, ...(code && { code }), stack }
}
