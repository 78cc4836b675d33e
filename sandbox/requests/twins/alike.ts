import type { ServerWork } from './server-work.ts'

/** The starts of a span and a segment of one request are this near, however long it takes. ms */
export const APART_MS = 250
/**
 * The middleware of one library runs within that of the other, so the one encloses the other, give or take this: two that end
 * at one time may be called in either order. ms
 */
const OVERLAP_MS = 2
/**
 * The sum of the differences of starts and ends. Two libraries in one process measured 0.6 to 3 ms; on a busy machine, or with
 * other middleware between the two, it is more, but seldom half of the request. More would pair requests of others where both
 * providers sample: of 20 requests a second with 10 % each, most. ms
 */
const DISTANCE_MS = 10
const DISTANCE_SHARE = 0.5
/** What OpenTelemetry's SDKs call a service without a name: `unknown_service:python`. */
const UNNAMED = /^unknown_service(:|$)/

/**
 * Whether a server span and a segment look like the same HTTP request at the same service: all of
 * - the same service: the segment has the service's name, or (dynamic naming) that of the request's host, which the span
 *   recorded too, or the span's service has no name;
 * - the same method and path. The route does not count: X-Ray has none;
 * - the same status; where one of the two has none, both or neither failed;
 * - about the same start and end, the one within the other.
 *
 * Spans of other kinds, and segments without `http.request`, look like nothing: a name and a time alone are too little.
 */
export function isAlike(span: ServerWork, segment: ServerWork): boolean {
  return (
    isSameService(span, segment) &&
    span.method === segment.method &&
    span.path === segment.path &&
    hasSameOutcome(span, segment) &&
    Math.abs(segment.startMs - span.startMs) <= APART_MS &&
    (isWithin(segment, span) || isWithin(span, segment)) &&
    distanceOf(span, segment) <= mostDistance(span, segment)
  )
}

/** The sum of the differences of starts and ends, ms: less is more alike. */
export function distanceOf(a: ServerWork, b: ServerWork): number {
  return Math.abs(a.startMs - b.startMs) + Math.abs(a.endMs - b.endMs)
}

function isSameService(span: ServerWork, segment: ServerWork): boolean {
  if (span.service === segment.service || UNNAMED.test(span.service)) return true
  return segment.isNamedByHost && segment.host === span.host
}

function hasSameOutcome(span: ServerWork, segment: ServerWork): boolean {
  if (span.status !== null && segment.status !== null) return span.status === segment.status
  const failed = [span, segment].map(({ status, isFailed }) => isFailed || (status ?? 0) >= 500)
  return failed[0] === failed[1]
}

function isWithin(inner: ServerWork, outer: ServerWork): boolean {
  return inner.startMs >= outer.startMs - OVERLAP_MS && inner.endMs <= outer.endMs + OVERLAP_MS
}

function mostDistance(span: ServerWork, segment: ServerWork): number {
  const longest = Math.max(span.endMs - span.startMs, segment.endMs - segment.startMs)
  return Math.max(DISTANCE_MS, longest * DISTANCE_SHARE)
}
