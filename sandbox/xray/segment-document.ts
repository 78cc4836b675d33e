import { parseTraceId } from '../../contracts/trace-id.ts'
import type { SegmentRow } from '../store/segments.ts'

const MAX_DOCUMENT_BYTES = 64 * 1024 // X-Ray quota
const MAX_NAME_LENGTH = 200
/** Source: https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html */
const NAME = /^[\p{L}\p{N}\p{Z}_.:/%&#=+\\\-@]+$/u
const ID = /^[0-9a-f]{16}$/
const TRACE_ID = /^1-[0-9a-f]{8}-[0-9a-f]{24}$/i
/**
 * How deeply the JSON of a document may be nested; a subsegment takes two levels. Readers of the documents recurse. X-Ray
 * states no limit. This is the default of Jackson, the JSON parser of many services; 64 KB hold little more (1,200 levels)
 * if the subsegments have the required fields.
 */
const MAX_NESTING = 1_000

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
  readonly http: ReturnType<typeof httpOf>
  /** The query of a database call, without its values if the sender has removed them. */
  readonly query: string | undefined
  /** What was called of an AWS service: `PutItem` … */
  readonly awsOperation: string | undefined
  /** OpenTelemetry's `http.route` and the name of its span, which exporters write into annotations and metadata. */
  readonly route: string | undefined
  readonly spanName: string | undefined
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

/** The reasons to reject a document, by X-Ray's error code. The first that applies is the answer. */
const ISSUES: readonly (readonly [code: string, applies: (json: Json) => boolean])[] = [
  ['MissingId', ({ id }) => !stringOf(id)],
  ['InvalidId', ({ id }) => !ID.test(String(id))],
  ['MissingTraceId', ({ trace_id: traceId }) => !stringOf(traceId)],
  [
    'InvalidTraceId',
    ({ trace_id: traceId }) => !TRACE_ID.test(String(traceId)) || !parseTraceId(String(traceId)),
  ],
  ['MissingName', ({ name }) => !stringOf(name)],
  ['InvalidName', ({ name }) => String(name).length > MAX_NAME_LENGTH || !NAME.test(String(name))],
  ['MissingStartTime', ({ start_time: start }) => typeof start !== 'number'],
  ['InvalidStartTime', ({ start_time: start }) => !isTime(start)],
  ['MissingEndTime', ({ end_time: end, in_progress }) => typeof end !== 'number' && in_progress !== true],
  [
    'InvalidEndTime',
    ({ start_time: start, end_time: end }) =>
      typeof end === 'number' && !(isTime(end) && end >= Number(start)),
  ],
  ['InvalidParentId', ({ parent_id: parent }) => !!stringOf(parent) && !ID.test(String(parent))],
  ['MissingParentId', ({ parent_id: parent, type }) => type === 'subsegment' && !stringOf(parent)],
]

/** Checks that a document that has been received is not nested too deeply. Throws a DocumentError. */
export function checkNesting(text: string, id: string): void {
  if (nestingOf(text) <= MAX_NESTING) return
  const message = `Segment document is nested deeper than ${MAX_NESTING} levels.`
  throw new DocumentError('SegmentTooDeep', message, id)
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
  const json = parseJson(text)
  if (!isJson(json)) throw invalidSegment('ParseError')
  const [code] = ISSUES.find(([, applies]) => applies(json)) ?? []
  if (code) throw invalidSegment(code, stringOf(json.id))
  const traceId = parseTraceId(String(json.trace_id)) ?? ''
  return { traceId, segment: segmentOf(json) }
}

function invalidSegment(code: string, id?: string): DocumentError {
  return new DocumentError(code, `Invalid segment. ErrorCode: ${code}`, id)
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

/** Without recursion, because documents of earlier versions may be nested deeper than the stack. */
function segmentOf(document: Json): Segment {
  const whole = partOf(document, document.type === 'subsegment', undefined)
  const waiting = [{ json: document, part: whole }]
  for (const { json, part } of waiting) {
    const children = Array.isArray(json.subsegments) ? json.subsegments.filter(isJson) : []
    for (const child of children) {
      const subsegment = partOf(child, true, part.id)
      part.subsegments.push(subsegment)
      waiting.push({ json: child, part: subsegment })
    }
  }
  return whole
}

/** A segment or subsegment, still without its subsegments. */
function partOf(
  json: Json,
  isSubsegment: boolean,
  parent: string | undefined,
): Segment & { readonly subsegments: Segment[] } {
  return {
    id: stringOf(json.id) ?? '',
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
    http: httpOf(json.http),
    query: stringOf(objectOf(json.sql).sanitized_query),
    awsOperation: stringOf(objectOf(json.aws).operation),
    route: stringOf(objectOf(json.annotations).http_route) ?? metadataOf(json.metadata, 'http.route'),
    spanName: metadataOf(json.metadata, 'span_name'),
    annotations: annotationsOf(json.annotations),
    subsegments: [],
  }
}

/** How deeply JSON is nested; more than that for text that is none. */
function nestingOf(text: string): number {
  // Almost all documents have fewer brackets than levels are allowed.
  if ((text.match(/[[{]/g)?.length ?? 0) <= MAX_NESTING) return 0
  let depth = 0
  let deepest = 0
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"?|[[\]{}]/gs)) {
    if (token === '{' || token === '[') deepest = Math.max(deepest, ++depth)
    else if (token === '}' || token === ']') depth--
  }
  return deepest
}

function httpOf(http: unknown) {
  const { request, response } = objectOf(http)
  const { url, method, user_agent, client_ip } = objectOf(request)
  return {
    url: stringOf(url),
    method: stringOf(method),
    status: numberOf(objectOf(response).status),
    userAgent: stringOf(user_agent),
    clientIp: stringOf(client_ip),
  }
}

/** A text in the metadata, in any of its namespaces. */
function metadataOf(metadata: unknown, key: string): string | undefined {
  for (const namespace of Object.values(objectOf(metadata))) {
    const text = stringOf(objectOf(namespace)[key])
    if (text !== undefined) return text
  }
  return undefined
}

/** Whether it is a number of epoch seconds up to the year 9999. */
function isTime(value: unknown): boolean {
  return typeof value === 'number' && value >= 0 && value < 253_402_300_800
}

/** Undefined for text that is not JSON. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function annotationsOf(value: unknown): Record<string, AnnotationValue> {
  const known = Object.entries(objectOf(value)).filter((entry): entry is [string, AnnotationValue] =>
    ['string', 'number', 'boolean'].includes(typeof entry[1]),
  )
  return Object.fromEntries(known)
}

function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function objectOf(value: unknown): Json {
  return isJson(value) ? value : {}
}

function stringOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}
