import { FormatError } from './fields.ts'

// Honeycomb takes ids of any length. An id of 16 bytes that begins with 8 zeros, and one of 8 bytes, are the same 64-bit
// trace id: its column has 16 hex digits. The store and the other providers have the 32 hex digits of W3C Trace Context.
// Source: https://github.com/honeycombio/husky/blob/main/otlp/common.go, BytesToTraceID and BytesToSpanID

const TRACE_DIGITS = 32
const SPAN_DIGITS = 16
const UPPER_HALF_EMPTY = /^0{16}(?=.{16}$)/

/** An id in lower-case hex digits; empty for an absent one. In JSON it is hex text, as OTLP wants it. Throws a FormatError. */
export function hexIdOf(value: unknown): string {
  if (value === undefined || value === null) return ''
  if (Buffer.isBuffer(value)) return value.toString('hex')
  if (typeof value === 'string' && /^[0-9a-fA-F]*$/.test(value)) return value.toLowerCase()
  throw new FormatError('hex digits are expected')
}

/**
 * The same as Honeycomb reads it: in JSON also base64, as protobuf's own mapping writes bytes. Text of 16 or 32 hex digits is
 * hex; all else is base64. Throws a FormatError.
 */
export function idOf(value: unknown): string {
  if (typeof value !== 'string' || /^([0-9a-fA-F]{16}|[0-9a-fA-F]{32})?$/.test(value)) return hexIdOf(value)
  const [, digits] = /^([A-Za-z0-9+/_-]+)={0,2}$/.exec(value) ?? []
  if (digits === undefined || digits.length % 4 === 1)
    throw new FormatError('hex digits or base64 are expected')
  return Buffer.from(digits, 'base64').toString('hex')
}

/** The 32 hex digits by which a trace is stored; undefined for an id that is absent, all zero, or longer. */
export function storedTraceId(id: string): string | undefined {
  if (id.length > TRACE_DIGITS || !/[^0]/.test(id)) return undefined
  return id.padStart(TRACE_DIGITS, '0')
}

/** As Honeycomb's column `trace.trace_id` has it. */
export function honeycombTraceId(id: string): string {
  return id.replace(UPPER_HALF_EMPTY, '')
}

export function isSpanId(id: string): boolean {
  return id.length <= TRACE_DIGITS && /[^0]/.test(id)
}

/**
 * What two spans of a trace have in common if the second was sent again. Zipkin's client and server share one id, so a server
 * is another span than the rest: https://github.com/openzipkin/b3-propagation#why-is-parentspanid-propagated
 */
export function spanKey(spanId: string, isServer: boolean): string {
  return isServer ? `${spanId}s` : spanId
}

const HEX = '0123456789abcdef'
/** Stand for the digits of a server's id. */
const SERVER_DIGITS = 'ghijklmnopqrstuv'

/** The same in 16 characters, in which the store counts different spans: of longer ids the end, of shorter ones with zeros. */
export function storedSpanKey(spanId: string, isServer: boolean): string {
  const id = spanId.length === SPAN_DIGITS ? spanId : spanId.slice(-SPAN_DIGITS).padStart(SPAN_DIGITS, '0')
  return isServer ? id.replace(/./g, (digit) => SERVER_DIGITS[HEX.indexOf(digit)] ?? digit) : id
}
