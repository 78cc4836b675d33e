import { parseTraceId } from '../../contracts/trace-id.ts'
import type { SegmentRow } from '../store/segments.ts'

const MAX_DOCUMENT_BYTES = 64 * 1024 // X-Ray quota
const MAX_NAME_LENGTH = 200
/** Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html */
const NAME = /^[\p{L}\p{N}\p{Z}_.:/%&#=+\\\-@]+$/u
const ID = /^[0-9a-f]{16}$/
const TRACE_ID = /^1-[0-9a-f]{8}-[0-9a-f]{24}$/i
/** Nesting of subsegments. Deeper ones are ignored, because they could exhaust the stack. */
const MAX_DEPTH = 100

export type Json = Readonly<Record<string, unknown>>
export type AnnotationValue = string | number | boolean

/** The fields of a segment or subsegment that X-Ray's API uses. */
export interface Segment {
  readonly id: string
  readonly parentId: string | undefined
  readonly name: string
  /** `origin` of segments: `AWS::EC2::Instance` …; `namespace` of subsegments: `remote` or `aws`. */
  readonly origin: string | undefined
  readonly namespace: string | undefined
  readonly isSubsegment: boolean
  /** Whether it is a database query. */
  readonly isSql: boolean
  /** Epoch seconds. */
  readonly startS: number
  /** Undefined while it is in progress. */
  readonly endS: number | undefined
  readonly isError: boolean
  readonly isFault: boolean
  readonly isThrottle: boolean
  readonly user: string | undefined
  readonly http: {
    readonly url: string | undefined
    readonly method: string | undefined
    readonly status: number | undefined
    readonly userAgent: string | undefined
    readonly clientIp: string | undefined
  }
  /** Without those of its subsegments. */
  readonly annotations: Readonly<Record<string, AnnotationValue>>
  readonly subsegments: readonly Segment[]
}

export interface ParsedDocument {
  readonly traceId: string
  readonly segment: Segment
}

/** Why a document is rejected, with the code for UnprocessedTraceSegments. */
export class DocumentError extends Error {
  override readonly name = 'DocumentError'
  readonly code: string
  readonly id: string | undefined

  constructor(code: string, message: string, id?: string) {
    super(message)
    this.code = code
    this.id = id
  }
}

/**
 * Checks a segment document as PutTraceSegments does and reads it. Throws a DocumentError.
 *
 * Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
 */
export function parseDocument(text: string): ParsedDocument {
  if (Buffer.byteLength(text) > MAX_DOCUMENT_BYTES) {
    throw new DocumentError('SegmentTooLarge', `Segment document is larger than ${MAX_DOCUMENT_BYTES} bytes.`)
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    throw new DocumentError('ParseError', 'Invalid segment. ErrorCode: ParseError')
  }
  if (!isJson(json)) throw new DocumentError('ParseError', 'Invalid segment. ErrorCode: ParseError')
  const id = stringOf(json.id)
  const fail = (code: string) => new DocumentError(code, `Invalid segment. ErrorCode: ${code}`, id)
  if (!id) throw fail('MissingId')
  if (!ID.test(id)) throw fail('InvalidId')
  const traceText = stringOf(json.trace_id)
  if (!traceText) throw fail('MissingTraceId')
  const traceId = TRACE_ID.test(traceText) ? parseTraceId(traceText) : undefined
  if (!traceId) throw fail('InvalidTraceId')
  const name = stringOf(json.name)
  if (!name) throw fail('MissingName')
  if (name.length > MAX_NAME_LENGTH || !NAME.test(name)) throw fail('InvalidName')
  if (typeof json.start_time !== 'number') throw fail('MissingStartTime')
  if (!isTime(json.start_time)) throw fail('InvalidStartTime')
  if (typeof json.end_time !== 'number' && json.in_progress !== true) throw fail('MissingEndTime')
  if (typeof json.end_time === 'number' && !(isTime(json.end_time) && json.end_time >= json.start_time)) {
    throw fail('InvalidEndTime')
  }
  const parentId = stringOf(json.parent_id)
  if (parentId !== undefined && !ID.test(parentId)) throw fail('InvalidParentId')
  if (json.type === 'subsegment' && parentId === undefined) throw fail('MissingParentId')
  return { traceId, segment: segmentOf(json, json.type === 'subsegment', undefined, 0) }
}

/** The row for a document, which is stored unchanged. */
export function rowOf({ traceId, segment }: ParsedDocument, document: string): SegmentRow {
  return {
    traceId,
    id: segment.id,
    parentId: segment.parentId ?? null,
    name: segment.name,
    startS: segment.startS,
    endS: segment.endS ?? null,
    isInProgress: segment.endS === undefined,
    isError: segment.isError || segment.isFault || segment.isThrottle,
    document,
  }
}

function segmentOf(json: Json, isSubsegment: boolean, parent: string | undefined, depth: number): Segment {
  const http = isJson(json.http) ? json.http : {}
  const request = isJson(http.request) ? http.request : {}
  const response = isJson(http.response) ? http.response : {}
  const id = stringOf(json.id) ?? ''
  const children = depth < MAX_DEPTH && Array.isArray(json.subsegments) ? json.subsegments.filter(isJson) : []
  return {
    id,
    parentId: stringOf(json.parent_id) ?? parent,
    name: stringOf(json.name) ?? '',
    origin: stringOf(json.origin),
    namespace: stringOf(json.namespace),
    isSubsegment,
    isSql: isJson(json.sql),
    startS: numberOf(json.start_time) ?? 0,
    endS: json.in_progress === true ? undefined : numberOf(json.end_time),
    isError: json.error === true,
    isFault: json.fault === true,
    isThrottle: json.throttle === true,
    user: stringOf(json.user),
    http: {
      url: stringOf(request.url),
      method: stringOf(request.method),
      status: numberOf(response.status),
      userAgent: stringOf(request.user_agent),
      clientIp: stringOf(request.client_ip),
    },
    annotations: annotationsOf(json.annotations),
    subsegments: children.map((child) => segmentOf(child, true, id, depth + 1)),
  }
}

/** Epoch seconds up to the year 9999. */
function isTime(value: number): boolean {
  return value >= 0 && value < 253_402_300_800
}

function annotationsOf(value: unknown): Record<string, AnnotationValue> {
  if (!isJson(value)) return {}
  const known = Object.entries(value).filter((entry): entry is [string, AnnotationValue] =>
    ['string', 'number', 'boolean'].includes(typeof entry[1]),
  )
  return Object.fromEntries(known)
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}
