import { type HrTime, SpanKind, SpanStatusCode } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { toXRayTraceId } from '../../../../contracts/trace-id.ts'
import {
  annotationKey,
  databaseName,
  type HttpBlock,
  httpBlock,
  isAnnotated,
  type SqlBlock,
  segmentName,
  sqlBlock,
} from './document-fields.ts'

// The SDK reads both variables while it loads. Its automatic mode carries a second context through every callback,
// which alone halves a server's throughput; OpenTelemetry's context is enough. AWS_XRAY_TRACING_NAME would rename
// segments, and the service has one name (OTEL_SERVICE_NAME).
process.env.AWS_XRAY_MANUAL_MODE = '1'
delete process.env.AWS_XRAY_TRACING_NAME
export const { default: AWSXRay } = await import('aws-xray-sdk')

/** Fields of a document that the SDK sets and its types omit. */
interface UntypedFields {
  end_time?: number
  http?: HttpBlock
  sql?: SqlBlock
  fault?: boolean | undefined
  metadata?: Record<string, Record<string, unknown>>
  cause?: { exceptions?: { message?: string; stack?: unknown[] | undefined }[] }
  /** How many subsegments are open: none in a finished span. Not part of the document. */
  counter?: number
}

export type Segment = InstanceType<typeof AWSXRay.Segment> & UntypedFields
export type Subsegment = InstanceType<typeof AWSXRay.Subsegment> & UntypedFields

const { SegmentUtils } = AWSXRay as unknown as { SegmentUtils: { serviceData?: object; sdkData?: object } }

/**
 * The SDK's segment for a span that has ended. The SDK's own `init` makes up two ids and reads the clock, all of which
 * would be overwritten, and takes longer than everything else about a segment.
 */
class FinishedSegment extends AWSXRay.Segment {
  init(this: Segment, name: string, traceId: string, parentId: string | undefined): void {
    this.name = name
    this.trace_id = traceId
    if (parentId !== undefined) this.parent_id = parentId
    this.counter = 0
    if (SegmentUtils.serviceData) this.setServiceData(SegmentUtils.serviceData)
    if (SegmentUtils.sdkData) this.setSDKData(SegmentUtils.sdkData)
  }
}

/** Like `FinishedSegment`, for a span below a local root. */
class FinishedSubsegment extends AWSXRay.Subsegment {
  init(this: Subsegment, name: string): void {
    this.name = name
    this.counter = 0
  }
}

/** Already told by the document's own fields. */
const TOLD_ELSEWHERE =
  /^(http\.(request|response)\.|url\.|server\.|client\.|user_agent\.|exception\.|db\.(namespace|system\.name|query\.text)$)/

/** The segment of a local root span: the span's own id, times and parent, whatever its kind. */
export function createSegment(span: ReadableSpan, name: string): Segment {
  const { traceId } = span.spanContext()
  const segment: Segment = new FinishedSegment(
    segmentName(name),
    toXRayTraceId(traceId),
    span.parentSpanContext?.spanId,
  )
  describe(segment, span)
  // What the group filters on, whatever dynamic naming has made of the segment's name.
  const service = span.resource.attributes['service.name']
  if (typeof service === 'string') segment.addAnnotation('service_name', service)
  segment.addMetadata('resource', span.resource.attributes, 'otel')
  return segment
}

/**
 * The subsegment of a span inside. A call to another service is `remote` and bears the callee's host as its name, as
 * X-Ray's service map expects, and one to a database `database@host`; anything else keeps the span's name.
 */
export function createSubsegment(span: ReadableSpan): Subsegment {
  const isRemote = span.kind === SpanKind.CLIENT || span.kind === SpanKind.PRODUCER
  const { attributes } = span
  const peer = databaseName(attributes) ?? attributes['peer.service'] ?? attributes['server.address']
  const subsegment: Subsegment = new FinishedSubsegment(
    segmentName(isRemote && typeof peer === 'string' ? peer : span.name),
  )
  describe(subsegment, span)
  if (isRemote) {
    subsegment.addAttribute('namespace', 'remote')
    const sql = sqlBlock(attributes)
    if (sql) Object.assign(subsegment, { sql })
    // The callee is expected to send a segment of its own, with this subsegment for its parent.
    if (subsegment.http) subsegment.addAttribute('traced', true)
  }
  return subsegment
}

function describe(record: Segment | Subsegment, span: ReadableSpan): void {
  record.id = span.spanContext().spanId
  record.start_time = toSeconds(span.startTime)
  record.end_time = toSeconds(span.endTime)
  const http = httpBlock(span.attributes, span.kind)
  if (http) Object.assign(record, { http })
  addExceptions(record, span)
  flagStatus(record, span)
  addAttributes(record, span)
}

function addExceptions(record: Segment | Subsegment, span: ReadableSpan): void {
  for (const { name, attributes = {} } of span.events) {
    if (name !== 'exception') continue
    const stack = plainPaths(String(attributes['exception.stacktrace'] ?? ''))
    const type = String(attributes['exception.type'] ?? 'Error')
    const message = String(attributes['exception.message'] ?? '')
    record.addError(Object.assign(new Error(message), { name: type, stack }))
  }
}

/** The SDK cuts a frame's location at its first colon, which in `file:///…` and `node:…` is not the line's. */
function plainPaths(stack: string): string {
  return stack.replaceAll(/(^\s+at .*?)(file:\/\/|node:)/gm, '$1')
}

/** X-Ray's three flags: a 5xx or a failed span is a fault, a 4xx an error, a 429 an error and a throttle. */
function flagStatus(record: Segment | Subsegment, span: ReadableSpan): void {
  const status = Number(span.attributes['http.response.status_code'] ?? 0)
  const isClientError = status >= 400 && status < 500
  if (isClientError) {
    record.addErrorFlag()
    if (status === 429) record.addThrottleFlag()
  }
  // addError() has called each exception a fault: one that was handled is none, and a 4xx says whose mistake it was.
  const isFault = !isClientError && (status >= 500 || span.status.code === SpanStatusCode.ERROR)
  record.fault = isFault || undefined
}

function addAttributes(record: Segment | Subsegment, span: ReadableSpan): void {
  record.addMetadata('span_name', span.name, 'otel')
  for (const [key, value] of Object.entries(span.attributes)) {
    if (
      isAnnotated(key) &&
      (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean')
    ) {
      record.addAnnotation(annotationKey(key), value)
    } else if (value !== undefined && !TOLD_ELSEWHERE.test(key)) {
      record.addMetadata(key, value, 'otel')
    }
  }
}

/** OpenTelemetry's [seconds, nanoseconds] as X-Ray's epoch seconds. A double keeps about a quarter microsecond. */
function toSeconds([seconds, nanoseconds]: HrTime): number {
  return seconds + nanoseconds / 1e9
}
