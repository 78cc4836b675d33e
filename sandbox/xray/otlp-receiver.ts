import type { IncomingHttpHeaders } from 'node:http'
import type { Span } from '../../contracts/sandbox/trace.ts'
import { hexIdOf } from '../honeycomb/ids.ts'
import { readExport } from '../honeycomb/otlp-body.ts'
import { bodyOf, exportAnswer } from '../honeycomb/otlp-http.ts'
import { hasValidIds, spansOf } from '../honeycomb/records.ts'
import { createSizeBound } from '../honeycomb/request-size.ts'
import type { Answer } from '../http/answer.ts'
import { HttpError } from '../http/answer.ts'
import type { RouteRequest } from '../http/router.ts'
import { documentOfSpan } from './otlp-segment.ts'
import type { SegmentIntake } from './segments.ts'
import type { TransactionSearch } from './transaction-search.ts'

const MAX_REQUEST_BYTES = 5 * 1024 * 1024
const MAX_SPANS = 10_000
const MAX_AGE_MS = 14 * 24 * 60 * 60_000
const MAX_AHEAD_MS = 2 * 60 * 60_000
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
export function createXRayOtlpHandler(take: SegmentIntake, search: TransactionSearch): XRayOtlpHandler {
  return async (request) => {
    if (search.destination() !== 'CloudWatchLogs') throw new HttpError(400, SEARCH_IS_OFF)
    if (request.body.byteLength > MAX_REQUEST_BYTES) {
      throw new HttpError(413, `the request is larger than ${MAX_REQUEST_BYTES} bytes`)
    }
    const spans = readExport(bodyOf(request), 'ExportTraceServiceRequest', (message) =>
      spansOf(message, hexIdOf),
    )
    if (spans.length > MAX_SPANS) throw new HttpError(400, `a request has at most ${MAX_SPANS} spans`)
    const nowMs = Date.now()
    const good = spans.filter((span) => hasValidIds(span) && isInTime(span, nowMs))
    const bound = createSizeBound()
    const rejected = await take(
      good.map((span) => {
        const document = documentOfSpan(span)
        bound.add(document.length)
        return document
      }),
    )
    const why = rejected[0]?.message ?? 'its ids are invalid, or it is older than 14 days or in the future'
    return exportAnswer(request, 'traces', {
      rejected: spans.length - good.length + rejected.length,
      errorMessage: why,
    })
  }
}

function isInTime({ startTimeUnixNano }: Span, nowMs: number): boolean {
  const startMs = Number(BigInt(startTimeUnixNano) / 1_000_000n)
  return startMs >= nowMs - MAX_AGE_MS && startMs <= nowMs + MAX_AHEAD_MS
}
