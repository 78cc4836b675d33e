import { randomBytes } from 'node:crypto'

/**
 * A trace id has two notations. W3C, OpenTelemetry and Honeycomb write 32 lower-case hex digits;
 * X-Ray writes `1-<8 hex>-<24 hex>`, of which the first 8 are the time of the root span in epoch seconds.
 * Both write the same 128 bits, so a trace can have one id in every provider.
 *
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids
 */
const W3C = /^[0-9a-f]{32}$/
const XRAY = /^1-([0-9a-f]{8})-([0-9a-f]{24})$/
const ALL_ZERO = '0'.repeat(32)

/** The 32 hex digits of a trace id in either notation and either case; undefined for anything else. */
export function parseTraceId(text: string): string | undefined {
  const lower = text.trim().toLowerCase()
  const xray = XRAY.exec(lower)
  const hex = xray ? `${xray[1]}${xray[2]}` : lower
  return W3C.test(hex) && hex !== ALL_ZERO ? hex : undefined
}

/** X-Ray's notation of 32 hex digits. Throws a RangeError for anything else. */
export function toXRayTraceId(traceId: string): string {
  if (!W3C.test(traceId)) throw new RangeError(`not a trace id of 32 lower-case hex digits: ${traceId}`)
  return `1-${traceId.slice(0, 8)}-${traceId.slice(8)}`
}

/** A new trace id that X-Ray accepts: 8 hex digits of epoch seconds, then 96 random bits. 32 hex digits. */
export function newTraceId(nowMs: number = Date.now()): string {
  const seconds = Math.floor(nowMs / 1000)
    .toString(16)
    .padStart(8, '0')
  return seconds + randomBytes(12).toString('hex')
}

/** A new span id, also valid as a segment id. 16 hex digits, never all zero. */
export function newSpanId(): string {
  const id = randomBytes(8).toString('hex')
  return /[^0]/.test(id) ? id : newSpanId()
}
