import type { DatabaseSync } from 'node:sqlite'

export interface SegmentRow {
  /** 32 hex digits. */
  readonly traceId: string
  readonly id: string
  readonly parentId: string | null
  readonly name: string
  /** Epoch seconds. */
  readonly startS: number
  readonly endS: number | null
  readonly isInProgress: boolean
  readonly isError: boolean
  /** The document as it was received, to the byte. */
  readonly document: string
}

export interface StoredSegment {
  readonly id: string
  readonly document: string
}

/** What a range of time is compared with: the segment's start, its end, or when it was received. */
export type SegmentClock = 'start' | 'end' | 'received'

const CLOCKS = {
  start: 'start_s',
  end: 'coalesce(end_s, start_s)',
  received: 'received_ms / 1000.0',
} as const

export function createSegments(database: DatabaseSync) {
  const upsert = database.prepare(`
    INSERT INTO segments
      (trace_id, id, parent_id, name, start_s, end_s, in_progress, is_error, document, received_ms)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET
      parent_id = excluded.parent_id, name = excluded.name, start_s = excluded.start_s, end_s = excluded.end_s,
      in_progress = excluded.in_progress, is_error = excluded.is_error, document = excluded.document
    WHERE segments.in_progress = 1 OR excluded.in_progress = 0`)
  const byTrace = database.prepare(
    'SELECT id, document FROM segments WHERE trace_id = ? ORDER BY start_s, rowid',
  )
  const traces = Object.fromEntries(
    Object.entries(CLOCKS).map(([clock, column]) => [
      clock,
      database.prepare(`
        SELECT trace_id, min(${column}) AS at FROM segments
        WHERE ${column} >= ? AND ${column} <= ?
        GROUP BY trace_id HAVING at < ? OR (at = ? AND trace_id > ?)
        ORDER BY at DESC, trace_id LIMIT ?`),
    ]),
  )
  return {
    /** A finished segment replaces the one in progress, never the other way: datagrams may overtake each other. */
    put(row: SegmentRow, nowMs: number): void {
      upsert.run(
        row.traceId,
        row.id,
        row.parentId,
        row.name,
        row.startS,
        row.endS,
        Number(row.isInProgress),
        Number(row.isError),
        row.document,
        nowMs,
      )
    },
    ofTrace(traceId: string): StoredSegment[] {
      return byTrace.all(traceId).map((row) => ({ id: String(row.id), document: String(row.document) }))
    },
    /**
     * The traces with a segment in the range (epoch seconds), newest first, at most `limit`; `after` goes on behind
     * the last trace of an earlier call.
     */
    tracesBetween(
      clock: SegmentClock,
      fromS: number,
      toS: number,
      limit: number,
      after?: { readonly at: number; readonly traceId: string },
    ): { at: number; traceId: string }[] {
      const at = after?.at ?? Number.MAX_VALUE
      const rows = traces[clock]?.all(fromS, toS, at, at, after?.traceId ?? '', limit) ?? []
      return rows.map((row) => ({ at: Number(row.at), traceId: String(row.trace_id) }))
    },
  }
}
