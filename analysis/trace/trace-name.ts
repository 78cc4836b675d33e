import { requestName } from '../../contracts/http-address.ts'
import type { LensSegment, TraceLenses } from '../../contracts/sandbox/lenses.ts'
import { recordOf } from './occurrence.ts'

/** What a request is called: its root span; without spans the method and path of its segment, or the segment's name. */
export function traceName({ spans, segments }: Pick<TraceLenses, 'spans' | 'segments'>): string | undefined {
  const span = spans.find(({ parentId }) => parentId === '') ?? spans[0]
  if (span) return span.name
  const segment = segments.find(({ parentId }) => parentId === '') ?? segments[0]
  return segment && (segmentRequest(segment) ?? segment.name)
}

/** The method with the path, or the route where the segment has it, of the request that a segment answers. */
function segmentRequest({
  fields,
  isSubsegment,
}: Pick<LensSegment, 'fields' | 'isSubsegment'>): string | undefined {
  if (isSubsegment) return undefined
  const { method, url } = recordOf(recordOf(fields.http).request)
  return requestName(method, url, recordOf(fields.annotations).http_route)
}
