import type { ServerWork } from './server-work.ts'

/**
 * How far apart the starts, and the ends, of a span and a segment of one request may be. Two libraries in one process
 * measured 0.6 to 3 ms; on a busy machine, or with other middleware between the two, it is more. ms
 */
export const APART_MS = 250
/** The ends may also differ by this share of the longer one: a streamed answer ends later for one of the two. */
const APART_SHARE = 0.1

/**
 * Whether a server span and a segment look like the same HTTP request at the same service: all of
 * - the same service: the segment has the service's name, or (dynamic naming) that of the request's host, which the span
 *   recorded too;
 * - the same method and path. The route does not count: X-Ray has none;
 * - the same status; where one of the two has none, both or neither failed;
 * - about the same start and end.
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
    Math.abs(segment.endMs - span.endMs) <= mostApart(span, segment)
  )
}

/** The sum of the differences of starts and ends, ms: less is more alike. */
export function distanceOf(a: ServerWork, b: ServerWork): number {
  return Math.abs(a.startMs - b.startMs) + Math.abs(a.endMs - b.endMs)
}

function isSameService(span: ServerWork, segment: ServerWork): boolean {
  if (span.service === segment.service) return true
  return segment.isNamedByHost && segment.host === span.host
}

function hasSameOutcome(span: ServerWork, segment: ServerWork): boolean {
  if (span.status !== null && segment.status !== null) return span.status === segment.status
  const failed = [span, segment].map(({ status, isFailed }) => isFailed || (status ?? 0) >= 500)
  return failed[0] === failed[1]
}

function mostApart(span: ServerWork, segment: ServerWork): number {
  const longest = Math.max(span.endMs - span.startMs, segment.endMs - segment.startMs)
  return Math.max(APART_MS, longest * APART_SHARE)
}
