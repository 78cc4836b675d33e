import type { DatabaseSync } from 'node:sqlite'

/** A span as it is kept: columns to find it by, and all of it as JSON. */
export interface SpanRow {
  readonly traceId: string
  readonly spanId: string
  readonly service: string
  readonly name: string
  /** Epoch nanoseconds. */
  readonly startNs: bigint
  readonly endNs: bigint
  readonly isError: boolean
  readonly dataset: string
  readonly document: string
}

/** SQLite's integers are signed; a time beyond is none that a clock shows. */
const MAX_INTEGER = 2n ** 63n - 1n

export function createSpans(database: DatabaseSync) {
  const insert = database.prepare(`
    INSERT OR REPLACE INTO spans
      (trace_id, span_id, service, name, start_ns, end_ns, is_error, dataset, document, received_ms)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const byTrace = database.prepare('SELECT document FROM spans WHERE trace_id = ? ORDER BY start_ns, rowid')
  return {
    /** An exporter that timed out sends the same spans again: the later replaces the earlier. */
    put(row: SpanRow, nowMs: number): void {
      insert.run(
        row.traceId,
        row.spanId,
        row.service,
        row.name,
        clamp(row.startNs),
        clamp(row.endNs),
        Number(row.isError),
        row.dataset,
        row.document,
        nowMs,
      )
    },
    /** The JSON of each span of a trace, by start. */
    ofTrace(traceId: string): string[] {
      return byTrace.all(traceId).map((row) => String(row.document))
    },
  }
}

function clamp(ns: bigint): bigint {
  return ns > MAX_INTEGER ? MAX_INTEGER : ns
}
