import { z } from 'zod'
import type { Span } from '../../contracts/sandbox/trace.ts'
import type { Decoded } from '../decode-thread/decoded.ts'
import { hexIdOf } from '../honeycomb/ids.ts'
import { type ExportBody, readExport } from '../honeycomb/otlp-body.ts'
import { hasValidIds, spansOf } from '../honeycomb/records.ts'
import { createSizeBound } from '../honeycomb/request-size.ts'
import { HttpError } from '../http/answer.ts'
import type { SegmentRow } from '../store/segments.ts'
import { readInput, validated } from './operation.ts'
import { documentOfSpan } from './otlp-segment.ts'
import { checkNesting, DocumentError, parseDocument, rowOf } from './segment-document.ts'
import { documentsIn } from './udp-spans.ts'
import { invalidRequest } from './xray-error.ts'

/** Why a document was not stored. */
export type Rejection = Pick<DocumentError, 'id' | 'code' | 'message'>

/** What is stored of segment documents, in whatever way they were sent. */
export type DecodedSegments = Decoded<SegmentRow, { readonly rejected: readonly Rejection[] }>

/** The rows of valid documents, and the errors of the others. */
export function decodeDocuments(documents: readonly string[]): DecodedSegments {
  const rejected: Rejection[] = []
  const reject = (error: unknown): [] => {
    if (!(error instanceof DocumentError)) throw error
    rejected.push({ id: error.id, code: error.code, message: error.message })
    return []
  }
  const rows = attempt(attempt(documents, documentsIn, reject), rowsOf, reject)
  return { rows, facts: { rejected } }
}

/** What is made of each item; `reject` of those for which `make` throws. */
function attempt<Item, Made>(
  items: readonly Item[],
  make: (item: Item) => Made[],
  reject: (error: unknown) => Made[],
): Made[] {
  return items.flatMap((item) => {
    try {
      return make(item)
    } catch (error) {
      return reject(error)
    }
  })
}

function rowsOf(document: string): SegmentRow[] {
  const parsed = parseDocument(document)
  checkNesting(document, parsed.segment.id)
  return [rowOf(parsed, document)]
}

const MAX_DOCUMENTS = 50
const DOCUMENTS = z.object({ TraceSegmentDocuments: z.array(z.unknown()) })
const PUT_TRACE_SEGMENTS = z.object({ TraceSegmentDocuments: z.array(z.string()) })

/** The body of PutTraceSegments. Throws an HttpError (400). */
export function decodePutTraceSegments({ body }: { readonly body: Uint8Array }): DecodedSegments {
  const input = readInput(DOCUMENTS, body)
  // Before each is checked: a million wrong ones would have a million issues.
  if (input.TraceSegmentDocuments.length > MAX_DOCUMENTS) {
    throw invalidRequest(`Exceeding maximum segment count: ${MAX_DOCUMENTS}`)
  }
  return decodeDocuments(validated(PUT_TRACE_SEGMENTS, input).TraceSegmentDocuments)
}

const MAX_SPANS = 10_000
const MAX_AGE_MS = 14 * 24 * 60 * 60_000
const MAX_AHEAD_MS = 2 * 60 * 60_000

export interface SpansForXRay
  extends Decoded<
    SegmentRow,
    {
      readonly rejected: readonly Rejection[]
      /** Spans with invalid ids, or of a time that X-Ray does not take. */
      readonly invalid: number
    }
  > {}

/**
 * The spans of an OTLP request, each as the segment or subsegment that X-Ray makes of it. Throws an HttpError: 400 for a body
 * that is not OTLP or has too many spans, 413 where it would take too much memory.
 *
 * Source of the limits: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-OTLPEndpoint.html
 */
export function decodeSpansForXRay(request: ExportBody): SpansForXRay {
  const spans = readExport(request, 'ExportTraceServiceRequest', (message) => spansOf(message, hexIdOf))
  if (spans.length > MAX_SPANS) throw new HttpError(400, `a request has at most ${MAX_SPANS} spans`)
  const nowMs = Date.now()
  const good = spans.filter((span) => hasValidIds(span) && isInTime(span, nowMs))
  const bound = createSizeBound()
  const documents = good.map((span) => {
    const document = documentOfSpan(span)
    bound.add(document.length)
    return document
  })
  const { rows, facts } = decodeDocuments(documents)
  return { rows, facts: { ...facts, invalid: spans.length - good.length } }
}

function isInTime({ startTimeUnixNano }: Span, nowMs: number): boolean {
  const startMs = Number(BigInt(startTimeUnixNano) / 1_000_000n)
  return startMs >= nowMs - MAX_AGE_MS && startMs <= nowMs + MAX_AHEAD_MS
}
