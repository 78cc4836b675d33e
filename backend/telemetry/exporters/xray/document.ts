import { type HrTime, SpanKind, SpanStatusCode } from '@opentelemetry/api'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { toXRayTraceId } from '../../../../contracts/trace-id.ts'
import { errorsIn } from '../../errors/reported-error.ts'
import {
  annotationKey,
  databaseName,
  httpBlock,
  isAnnotated,
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
  http?: ReturnType<typeof httpBlock>
  sql?: ReturnType<typeof sqlBlock>
  fault?: boolean | undefined
  metadata?: Record<string, Record<string, unknown>>
  cause?: {
    exceptions?: {
      id?: string
      message?: string
      stack?: unknown[] | undefined
      cause?: string | undefined
    }[]
  }
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

/** Attributes that fields of the document hold already. */
const IN_OWN_FIELDS =
  /^(http\.(request|response)\.|url\.|server\.|client\.|user_agent\.|exception\.|db\.(namespace|system\.name|query\.text)$)/

/** Makes a segment of a local root span, with the span's id, times and parent. */
export function createSegment(span: ReadableSpan, name: string): Segment {
  const { traceId } = span.spanContext()
  const segment: Segment = new FinishedSegment(
    segmentName(name),
    toXRayTraceId(traceId),
    span.parentSpanContext?.spanId,
  )
  describe(segment, span)
  // The group filters on this annotation, because dynamic naming may change the segment's name.
  const service = span.resource.attributes['service.name']
  if (typeof service === 'string') segment.addAnnotation('service_name', service)
  segment.addMetadata('resource', span.resource.attributes, 'otel')
  return segment
}

/**
 * Makes a subsegment of a span below a local root. A call to another service is `remote` and has the callee's host as its
 * name, as X-Ray's service map expects; a database call is named `database@host`; all others keep the span's name.
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
    subsegment.sql = sqlBlock(attributes)
    // The callee is expected to send a segment whose parent is this subsegment.
    if (subsegment.http) subsegment.addAttribute('traced', true)
  }
  return subsegment
}

function describe(record: Segment | Subsegment, span: ReadableSpan): void {
  record.id = span.spanContext().spanId
  record.start_time = toSeconds(span.startTime)
  record.end_time = toSeconds(span.endTime)
  record.http = httpBlock(span.attributes, span.kind)
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
    const [own, ...causes] = errorsIn(stack)
    for (const error of [{ ...own, name: type, message }, ...causes]) record.addError(error)
    // Each exception has the id of its cause, which follows it.
    const added = record.cause?.exceptions?.slice(-causes.length - 1) ?? []
    for (const [index, exception] of added.entries()) exception.cause = added[index + 1]?.id
  }
}

/** The SDK splits a frame's location at the first colon, which must not be the one in `file:///…` or `node:…`. */
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
  // addError() has flagged a fault for each exception; a handled exception and a 4xx are none.
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
    } else if (value !== undefined && !IN_OWN_FIELDS.test(key)) {
      record.addMetadata(key, value, 'otel')
    }
  }
}

/** OpenTelemetry's [seconds, nanoseconds] as X-Ray's epoch seconds. A double keeps about a quarter microsecond. */
function toSeconds([seconds, nanoseconds]: HrTime): number {
  return seconds + nanoseconds / 1e9
}
