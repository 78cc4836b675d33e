import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import { createTally, newest } from './prune.ts'
import type { SpanSummary, TraceIndex } from './traces.ts'

/**
 * The spans of one request that belong to one trace and one resource: what the list of traces shows of them, and their
 * bytes as they were sent, which are decoded when the trace is read.
 */
export interface SpanChunk extends SpanSummary {
  readonly traceId: string
  readonly dataset: string
  /** `read`: spans as `/sandbox/traces/<id>` shows them, which the schema's first version stored. */
  readonly encoding: 'protobuf' | 'json' | 'read'
  /** An ExportTraceServiceRequest. */
  readonly body: Uint8Array
}

export type StoredSpans = Pick<SpanChunk, 'dataset' | 'encoding' | 'body'>

export function createSpans(database: DatabaseSync, index: TraceIndex) {
  const insert = database.prepare(`
    INSERT INTO span_chunks (trace, service, dataset, span_ids, start_ms, end_ms, has_error, has_root, name,
      encoding, body, received_ms, total_spans, total_bytes)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const bodies = database.prepare(`
    SELECT dataset, encoding, body FROM span_chunks
    WHERE trace = (SELECT id FROM traces WHERE trace_id = ?) ORDER BY rowid`)
  const root = database.prepare(`
    SELECT dataset, encoding, body FROM span_chunks
    WHERE trace = (SELECT id FROM traces WHERE trace_id = ?) AND has_root = 1 LIMIT 1`)
  const summaries = database.prepare(`
    SELECT service, span_ids, start_ms, end_ms, has_error, has_root, name FROM span_chunks
    WHERE trace = (SELECT id FROM traces WHERE trace_id = ?) ORDER BY start_ms`)
  const tally = createTally(database, 'span_chunks')
  let totalSpans = newest(database, 'span_chunks', 'total_spans')
  return {
    /** Also notes its trace in the index. */
    put(chunk: SpanChunk, nowMs: number): void {
      totalSpans += chunk.spanIds.length
      insert.run(
        index.touch(chunk.traceId, chunk.startMs),
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
        tally.add(chunk.body.byteLength),
      )
    },
    /** In the order of arrival. An exporter that timed out sends the same spans again. */
    ofTrace: (traceId: string): StoredSpans[] => bodies.all(traceId).map(toStored),
    /** The spans that were sent with the trace's root. */
    rootOf(traceId: string): StoredSpans | undefined {
      const row = root.get(traceId)
      return row && toStored(row)
    },
    summariesOf: (traceId: string): SpanSummary[] => summaries.all(traceId).map(toSummary),
  }
}

type Row = Record<string, SQLOutputValue>

function toStored(row: Row): StoredSpans {
  return {
    dataset: String(row.dataset),
    encoding: row.encoding as StoredSpans['encoding'],
    body: row.body as Uint8Array,
  }
}

function toSummary(row: Row): SpanSummary {
  return {
    service: String(row.service),
    spanIds: String(row.span_ids).match(/.{16}/g) ?? [],
    startMs: Number(row.start_ms),
    endMs: Number(row.end_ms),
    hasError: row.has_error === 1,
    hasRoot: row.has_root === 1,
    name: String(row.name),
  }
}
