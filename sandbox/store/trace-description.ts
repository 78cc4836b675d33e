import { requestName } from '../../contracts/http-address.ts'
import { MAX_DURATION_MS, plausibleRange, type TimeRange } from './plausible-time.ts'
import type { SpanSummary } from './traces.ts'

// How a trace gets its name, times, services and counts from its records: the list of traces reads one trace after the
// other, and the read thread all of them at once.

/** Columns of `span_chunks` for a `ChunkRow`. */
export const CHUNK_COLUMNS = `service, span_ids AS spanIds, start_ms AS startMs, end_ms AS endMs, has_error AS hasError,
  has_root AS hasRoot, name, received_ms AS receivedMs`

/** Flags are 0 and 1 in SQLite. */
export interface ChunkRow extends Omit<SpanSummary, 'spanIds' | 'hasError' | 'hasRoot'> {
  /** 16 characters each, without separators. */
  readonly spanIds: string
  readonly hasError: number
  readonly hasRoot: number
  /** Epoch milliseconds. */
  readonly receivedMs: number
}

/** An independent subsegment, which always has a parent, is not a service. */
export const IS_SERVICE = "(parent_id IS NULL OR document ->> '$.type' IS NOT 'subsegment')"

/** Columns of `segments` for a `SegmentHead`. */
export const SEGMENT_COLUMNS = `name, parent_id IS NULL AS isRoot, start_s * 1000 AS startMs,
  coalesce(end_s, start_s) * 1000 AS endMs, received_ms AS receivedMs, is_error AS isError, ${IS_SERVICE} AS isService,
  document ->> '$.http.response.status' AS status,
  json_extract(document, '$.http.request.method', '$.http.request.url', '$.annotations.http_route') AS request`

export interface SegmentHead {
  readonly name: string
  readonly isRoot: number
  /** Epoch milliseconds. */
  readonly startMs: number
  readonly endMs: number
  readonly receivedMs: number
  readonly isError: number
  readonly isService: number
  readonly status: unknown
  /** `[method, url, route]` as JSON. */
  readonly request: string
}

/** Columns of `rollbar_occurrences` for an `OccurrenceHead`. */
export const OCCURRENCE_COLUMNS = `title, level IN ('error', 'critical') AS isError`

export interface OccurrenceHead {
  readonly title: string
  readonly isError: number
}

export interface TraceDescription {
  /** The earliest start that can be right, epoch ms. Occurrences, which have whole seconds, have none. */
  readonly startMs: number | undefined
  /** Rounded to microseconds. */
  readonly durationMs: number
  /**
   * The root's; without a root, that of the record which began first. Spans come before segments. A segment of a request
   * has its method and path, as a span of the same request has.
   */
  readonly name: string
  /** The HTTP status in the root segment. */
  readonly httpStatus: number | undefined
  readonly services: readonly string[]
  /** A span that was sent twice counts once. */
  readonly spans: number
  readonly segments: number
  readonly items: number
  readonly error: boolean
}

/** Describes the trace of these records. Chunks and segments are ordered by start, occurrences by arrival. */
export function describeTrace(
  chunks: readonly ChunkRow[],
  segments: readonly SegmentHead[],
  occurrences: readonly OccurrenceHead[],
): TraceDescription {
  const range = new RangeOfTime()
  let isError = 0
  const services = new Set<string>()
  for (const chunk of chunks) {
    range.add(chunk)
    isError |= chunk.hasError
    services.add(chunk.service)
  }
  for (const segment of segments) {
    range.add(segment)
    isError |= segment.isError
    if (segment.isService === 1) services.add(segment.name)
  }
  for (const occurrence of occurrences) isError |= occurrence.isError
  const rootChunk = chunks.find(({ hasRoot }) => hasRoot === 1)
  const rootSegment = rootChunk ? undefined : segments.find(({ isRoot }) => isRoot === 1)
  const root = rootChunk ?? rootSegment ?? chunks[0] ?? segments[0]
  const answered = segments.find(({ isRoot, status }) => isRoot === 1 && status !== null) ?? root
  const status = answered && 'status' in answered ? answered.status : undefined
  return {
    startMs: chunks.length + segments.length > 0 ? range.startMs : undefined,
    durationMs: Math.round(range.durationMs * 1000) / 1000,
    name: (root && nameOf(root)) ?? occurrences[0]?.title ?? '',
    httpStatus: typeof status === 'number' ? status : undefined,
    services: [...services],
    spans: countSpans(chunks),
    segments: segments.length,
    items: occurrences.length,
    error: isError === 1,
  }
}

/** The range of time of a trace's records. */
class RangeOfTime {
  startMs = Number.POSITIVE_INFINITY
  #endMs = Number.NEGATIVE_INFINITY
  #longestMs = 0

  add(record: TimeRange & { readonly receivedMs: number }): void {
    const { startMs, endMs } = plausibleRange(record, record.receivedMs)
    this.startMs = Math.min(this.startMs, startMs)
    this.#endMs = Math.max(this.#endMs, endMs)
    this.#longestMs = Math.max(this.#longestMs, endMs - startMs)
  }

  /**
   * That of the longest record where they are too far apart, as those of several requests with one trace id, or of senders
   * with a wrong clock; 0 without records.
   */
  get durationMs(): number {
    const all = this.#endMs - this.startMs
    return all <= MAX_DURATION_MS ? Math.max(0, all) : this.#longestMs
  }
}

function nameOf(root: ChunkRow | SegmentHead): string {
  if (!('request' in root) || root.isService !== 1) return root.name
  const [method, url, route] = JSON.parse(root.request)
  return requestName(method, url, route) ?? root.name
}

const ID_LENGTH = 16

/** The number of different spans. */
function countSpans(chunks: readonly ChunkRow[]): number {
  const [first] = chunks
  if (!first) return 0
  if (chunks.length === 1 && !hasRepeatedText(first.spanIds)) return first.spanIds.length / ID_LENGTH
  return new Set(chunks.flatMap(({ spanIds }) => spanIds.match(/.{16}/g) ?? [])).size
}

/** Of many ids it is not known. A trace mostly has one chunk with few spans, and this is a tenth of the work. */
function hasRepeatedText(ids: string): boolean {
  if (ids.length > 8 * ID_LENGTH) return true
  for (let at = 0; at + ID_LENGTH < ids.length; at += ID_LENGTH) {
    if (ids.includes(ids.slice(at, at + ID_LENGTH), at + ID_LENGTH)) return true
  }
  return false
}
