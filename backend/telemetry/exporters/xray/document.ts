import { type AttributeValue, type HrTime, SpanKind, SpanStatusCode } from '@opentelemetry/api'
import type { ReadableSpan, TimedEvent } from '@opentelemetry/sdk-trace'
import { toXRayTraceId } from '../../../../contracts/trace-id.ts'
import { errorsIn } from '../../errors/reported-error.ts'
import {
  annotationKey,
  cutText,
  databaseName,
  httpBlock,
  isAnnotated,
  MAX_ANNOTATION_VALUE,
  segmentName,
  sqlBlock,
} from './document-fields.ts'
import { exceptionsOf } from './document-limits.ts'

export const AWSXRay = await loadSdk()

/**
 * The SDK reads the environment while it loads. Its automatic mode carries a second context through every callback,
 * which alone halves a server's throughput; OpenTelemetry's context is enough. AWS_XRAY_TRACING_NAME would rename
 * segments, and the service has one name (OTEL_SERVICE_NAME). The other two make it throw if they are wrong, and are not
 * used: `daemon` is an option, and there is no SDK context to miss.
 */
async function loadSdk() {
  process.env.AWS_XRAY_MANUAL_MODE = '1'
  delete process.env.AWS_XRAY_TRACING_NAME
  const { AWS_XRAY_DAEMON_ADDRESS, AWS_XRAY_CONTEXT_MISSING } = process.env
  delete process.env.AWS_XRAY_DAEMON_ADDRESS
  delete process.env.AWS_XRAY_CONTEXT_MISSING
  try {
    return (await import('aws-xray-sdk')).default
  } finally {
    if (AWS_XRAY_DAEMON_ADDRESS !== undefined) process.env.AWS_XRAY_DAEMON_ADDRESS = AWS_XRAY_DAEMON_ADDRESS
    if (AWS_XRAY_CONTEXT_MISSING !== undefined)
      process.env.AWS_XRAY_CONTEXT_MISSING = AWS_XRAY_CONTEXT_MISSING
  }
}

/** Fields of a document that the SDK sets and its types omit. */
interface UntypedFields {
  end_time?: number
  http?: ReturnType<typeof httpBlock>
  sql?: ReturnType<typeof sqlBlock>
  fault?: boolean | undefined
  cause?: { exceptions?: { id?: string; cause?: string | undefined }[] }
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
    if (SegmentUtils.serviceData) this.setServiceData(SegmentUtils.serviceData)
    if (SegmentUtils.sdkData) this.setSDKData(SegmentUtils.sdkData)
  }
}

/** Like `FinishedSegment`, for a span below a local root. */
class FinishedSubsegment extends AWSXRay.Subsegment {
  init(this: Subsegment, name: string): void {
    this.name = name
  }

  /** The SDK's own copies the record without the fields that `init` would have added. */
  override toJSON(): this {
    return this
  }
}

/** What the records of one trace share, and how this one is made. */
export interface RecordContext {
  /** How many more annotations the trace may have (MAX_ANNOTATIONS). */
  readonly annotations: { left: number }
  /** The length at which the span's texts have been cut, if they have been. */
  readonly cutAt?: number
}

/** Attributes that fields of the document hold already. */
const IN_OWN_FIELDS =
  /^(http\.(request|response)\.|url\.|server\.|client\.|user_agent\.|exception\.|db\.(namespace|system\.name|query\.text)$)/

/** Makes a segment of a local root span, with the span's id, times and parent. */
export function createSegment(span: ReadableSpan, name: string, context: RecordContext): Segment {
  const { traceId } = span.spanContext()
  const segment: Segment = new FinishedSegment(
    segmentName(name),
    toXRayTraceId(traceId),
    span.parentSpanContext?.spanId,
  )
  // The group filters on this annotation, because dynamic naming may change the segment's name.
  const service = span.resource.attributes['service.name']
  if (typeof service === 'string') annotate(segment, 'service_name', service, context)
  describe(segment, span, false, context)
  segment.addMetadata('resource', span.resource.attributes, 'otel')
  return segment
}

/**
 * Makes a subsegment of a span below a local root. A call to another service is `remote` and has the callee's host as its
 * name, as X-Ray's service map expects; a database call is named `database@host`; all others keep the span's name.
 * `isTraced`: the callee sends segments itself.
 */
export function createSubsegment(span: ReadableSpan, isTraced: boolean, context: RecordContext): Subsegment {
  const isRemote = span.kind === SpanKind.CLIENT || span.kind === SpanKind.PRODUCER
  const { attributes } = span
  const peer = databaseName(attributes) ?? attributes['peer.service'] ?? attributes['server.address']
  const subsegment: Subsegment = new FinishedSubsegment(
    segmentName(isRemote && typeof peer === 'string' ? peer : span.name),
  )
  describe(subsegment, span, isRemote && isTraced, context)
  if (isRemote) {
    subsegment.addAttribute('namespace', 'remote')
    subsegment.sql = sqlBlock(attributes)
  }
  return subsegment
}

function describe(
  record: Segment | Subsegment,
  span: ReadableSpan,
  isTraced: boolean,
  context: RecordContext,
): void {
  record.id = span.spanContext().spanId
  record.start_time = toSeconds(span.startTime)
  record.end_time = toSeconds(span.endTime)
  record.http = httpBlock(span.attributes, span.kind, isTraced)
  const { exceptions, earlier } = exceptionsOf(span)
  addExceptions(record, exceptions)
  flagStatus(record, span)
  addAttributes(record, span, context)
  addNotes(record, context.cutAt, earlier)
}

/** Says in the metadata what the document lacks. */
function addNotes(record: Segment | Subsegment, cutAt: number | undefined, earlierExceptions: number): void {
  const notes = [
    ...(cutAt === undefined ? [] : [`texts are cut at ${cutAt} characters, because X-Ray takes 64 KB`]),
    ...(earlierExceptions === 0 ? [] : [`${earlierExceptions} earlier exceptions are left out`]),
  ]
  if (notes.length > 0) record.addMetadata('trimmed', notes, 'otel')
}

function addExceptions(record: Segment | Subsegment, exceptions: readonly TimedEvent[]): void {
  for (const { attributes = {} } of exceptions) {
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
  return stack.replaceAll(/^([ \t]+at .*?)(file:\/\/|node:)/gm, '$1')
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

function addAttributes(record: Segment | Subsegment, span: ReadableSpan, context: RecordContext): void {
  record.addMetadata('span_name', span.name, 'otel')
  for (const [key, value] of Object.entries(span.attributes)) {
    const isIndexed = isAnnotated(key) && annotate(record, key, value, context)
    if (!isIndexed && value !== undefined && !IN_OWN_FIELDS.test(key)) record.addMetadata(key, value, 'otel')
  }
}

/**
 * Adds an annotation if X-Ray has room for it. False if the value is not a part of it, or not all of it, so that it
 * belongs into the metadata.
 */
function annotate(
  record: Segment | Subsegment,
  key: string,
  value: AttributeValue | undefined,
  { annotations }: RecordContext,
): boolean {
  if (typeof value !== 'string' && typeof value !== 'boolean' && !Number.isFinite(value)) return false
  if (annotations.left === 0) return false
  annotations.left--
  const indexed = typeof value === 'string' ? cutText(value, MAX_ANNOTATION_VALUE) : value
  record.addAnnotation(annotationKey(key), indexed as string | number | boolean)
  return indexed === value
}

/** OpenTelemetry's [seconds, nanoseconds] as X-Ray's epoch seconds. A double keeps about a quarter microsecond. */
function toSeconds([seconds, nanoseconds]: HrTime): number {
  return seconds + nanoseconds / 1e9
}
