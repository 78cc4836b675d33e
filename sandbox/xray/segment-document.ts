import { parseTraceId } from '../../contracts/trace-id.ts'
import type { SegmentRow } from '../store/segments.ts'
import { isJson, type Json, type Segment, segmentOf, stringOf } from './segment.ts'

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
