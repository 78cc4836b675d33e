import type { IncomingHttpHeaders } from 'node:http'
import type { DecodeThread } from '../decode-thread/decode-thread.ts'
import { bodyOf, exportAnswer } from '../honeycomb/otlp-http.ts'
import type { Answer } from '../http/answer.ts'
import { HttpError } from '../http/answer.ts'
import type { RouteRequest } from '../http/router.ts'
import type { KeepSegments } from './segments.ts'
import type { TransactionSearch } from './transaction-search.ts'

const MAX_REQUEST_BYTES = 5 * 1024 * 1024
/**
 * A SigV4 signature for X-Ray, or an X-Ray API key. Honeycomb reads no `Authorization`.
 *
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-opentelemetry-bearer-token.html
 */
const FOR_XRAY = /^(AWS4-HMAC-SHA256 .*\/xray\/aws4_request|Bearer +\S)/i

/** Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-OTLPTroubleshooting.html */
const SEARCH_IS_OFF = 'The OTLP API is supported with CloudWatch Logs as a Trace Segment Destination.'

export type XRayOtlpHandler = (request: RouteRequest) => Promise<Answer>

/** Whether a request is authorized for X-Ray, whose OTLP endpoint has the same path as Honeycomb's. */
export function isForXRay({ authorization }: IncomingHttpHeaders): boolean {
  return authorization !== undefined && FOR_XRAY.test(authorization)
}

/**
 * X-Ray's `POST /v1/traces`: stores each span as the segment or subsegment that X-Ray makes of it.
 *
 * Source of the limits: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-OTLPEndpoint.html
 */
export function createXRayOtlpHandler(
  keep: KeepSegments,
  search: TransactionSearch,
  decoder: DecodeThread,
): XRayOtlpHandler {
  return async (request) => {
    if (search.destination() !== 'CloudWatchLogs') throw new HttpError(400, SEARCH_IS_OFF)
    if (request.body.byteLength > MAX_REQUEST_BYTES) {
      throw new HttpError(413, `the request is larger than ${MAX_REQUEST_BYTES} bytes`)
    }
    return decoder.decode(
      'spans for X-Ray',
      bodyOf(request),
      async ({ batches, facts }) => {
        await keep(batches, facts.rejected)
        const why =
          facts.rejected[0]?.message ?? 'its ids are invalid, or it is older than 14 days or in the future'
        return exportAnswer(request, 'traces', {
          rejected: facts.invalid + facts.rejected.length,
          errorMessage: why,
        })
      },
      request.takeTurn,
    )
  }
}
