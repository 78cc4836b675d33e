import { VERIFY_USER_AGENT } from '../../contracts/verify-client.ts'
import { withSubsegments } from '../xray/calls.ts'
import type { Segment } from '../xray/segment.ts'

/**
 * The segments of `npm run verify` in a trace: it records its own requests as a service. Its segment has no user agent,
 * because it answers no request. The segment of the service that it calls has verify's user agent.
 */
export function verifySegments(segments: readonly Segment[]): Segment[] {
  const called = new Set(
    segments.flatMap(({ parentId, isSubsegment, http }) =>
      !isSubsegment && http.userAgent === VERIFY_USER_AGENT && parentId !== undefined ? parentId : [],
    ),
  )
  if (called.size === 0) return []
  return segments.filter(
    (segment) =>
      !segment.isSubsegment &&
      segment.parentId === undefined &&
      segment.http.userAgent === undefined &&
      withSubsegments(segment).some(({ id }) => called.has(id)),
  )
}
