import type { DatabaseSync } from 'node:sqlite'
import { createByteTotal, newest, prepare } from './table.ts'
import { CHUNK_COLUMNS, type ChunkRow } from './trace-description.ts'
import type { SpanSummary, TraceIndex } from './traces.ts'

/**
 * The spans of one trace and one resource that arrived in the same export request: what the list of traces shows of them,
 * and their bytes as they were sent, which are decoded when the trace is read.
 */
export interface SpanChunk extends SpanSummary {
  readonly traceId: string
  readonly dataset: string
  /** `read`: a JSON list of decoded spans, which the first version of the database stored. */
  readonly encoding: 'protobuf' | 'json' | 'read'
  /** An ExportTraceServiceRequest, except for `read`. */
  readonly body: Uint8Array
}

export type StoredSpans = Pick<SpanChunk, 'dataset' | 'encoding' | 'body'>

export function createSpans(database: DatabaseSync, index: TraceIndex) {
  const insert = database.prepare(`
    INSERT INTO span_chunks (trace, service, dataset, span_ids, start_ms, end_ms, has_error, has_root, name,
      encoding, body, received_ms, total_spans, total_bytes)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const ofTrace = 'FROM span_chunks WHERE trace = (SELECT id FROM traces WHERE trace_id = ?)'
  const stored = `SELECT dataset, encoding, body ${ofTrace}`
  const byteTotal = createByteTotal(database, 'span_chunks')
  // Each row stores the total up to it, so that pruning need not count.
  let totalSpans = newest(database, 'span_chunks', 'total_spans')
  return {
    /** Also adds the trace to the index. */
    put(chunk: SpanChunk, nowMs: number): void {
      totalSpans += chunk.spanIds.length
      insert.run(
        index.touch(chunk.traceId, chunk.startMs, nowMs),
        chunk.service,
        chunk.dataset,
        chunk.spanIds.join(''),
        chunk.startMs,
        chunk.endMs,
        Number(chunk.hasError),
        Number(chunk.hasRoot),
        chunk.name,
        chunk.encoding,
        chunk.body,
        nowMs,
        totalSpans,
        byteTotal.add(chunk.body.byteLength),
      )
    },
    /** In the order of arrival. May have a span twice, because exporters send again after a timeout. */
    ofTrace: prepare<StoredSpans, [traceId: string]>(database, `${stored} ORDER BY rowid`).all,
    /** The spans that were sent with the trace's root. */
    rootOf: prepare<StoredSpans, [traceId: string]>(
      database,
      `${stored} AND has_root = 1 ORDER BY rowid LIMIT 1`,
    ).get,
    /** What the list of traces needs of each chunk, by start. */
    summariesOf: prepare<ChunkRow, [traceId: string]>(
      database,
      `SELECT ${CHUNK_COLUMNS} ${ofTrace} ORDER BY start_ms, rowid`,
    ).all,
  }
}
