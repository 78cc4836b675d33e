import type { DatabaseSync } from 'node:sqlite'
import { createTally } from './prune.ts'

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

/** The time of a segment that a range of time is compared with. */
export type SegmentClock = 'start' | 'end' | 'received'

export function createSegments(database: DatabaseSync) {
  const upsert = database.prepare(`
    INSERT INTO segments
      (trace_id, id, parent_id, name, start_s, end_s, in_progress, is_error, document, received_ms, total_bytes)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET
      parent_id = excluded.parent_id, name = excluded.name, start_s = excluded.start_s, end_s = excluded.end_s,
      in_progress = excluded.in_progress, is_error = excluded.is_error, document = excluded.document
    WHERE segments.in_progress = 1 OR excluded.in_progress = 0`)
  const byTrace = database.prepare(
    'SELECT id, document FROM segments WHERE trace_id = ? ORDER BY start_s, rowid',
  )
  const firstReceived = database.prepare('SELECT min(received_ms) AS at FROM segments WHERE trace_id = ?')
  // Reads along the index, newest first, each trace where its last segment begins; so it reads no more rows than needed.
  const byStart = database.prepare(`
    SELECT trace_id, start_s AS at FROM segments AS s
    WHERE start_s >= ? AND start_s <= ? AND (start_s < ? OR (start_s = ? AND trace_id > ?))
      AND NOT EXISTS (SELECT 1 FROM segments AS later WHERE later.trace_id = s.trace_id AND later.start_s <= ?
        AND (later.start_s > s.start_s OR (later.start_s = s.start_s AND later.id > s.id)))
    ORDER BY start_s DESC, trace_id LIMIT ?`)
  const grouped = (column: string) =>
    database.prepare(`
      SELECT trace_id, max(${column}) AS at FROM segments
      WHERE ${column} >= ? AND ${column} <= ?
      GROUP BY trace_id HAVING at < ? OR (at = ? AND trace_id > ?)
      ORDER BY at DESC, trace_id LIMIT ?`)
  const byEnd = grouped('coalesce(end_s, start_s)')
  const byReceived = grouped('received_ms / 1000.0')
  const tally = createTally(database, 'segments')
  return {
    /** A finished segment replaces the one in progress, never the reverse, because datagrams may overtake each other. */
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
        tally.add(Buffer.byteLength(row.document)),
      )
    },
    ofTrace(traceId: string): StoredSegment[] {
      return byTrace.all(traceId).map((row) => ({ id: String(row.id), document: String(row.document) }))
    },
    /** When the oldest stored segment of a trace was received; undefined for a trace without segments. */
    firstReceivedMs(traceId: string): number | undefined {
      const at = firstReceived.get(traceId)?.at
      return at === undefined || at === null ? undefined : Number(at)
    },
    /**
     * The traces with a segment in the range (epoch seconds), newest first, at most `limit`. `after` is the last trace of
     * an earlier call, behind which to continue.
     */
    tracesBetween(
      clock: SegmentClock,
      fromS: number,
      toS: number,
      limit: number,
      after?: { readonly at: number; readonly traceId: string },
    ): { at: number; traceId: string }[] {
      const at = after?.at ?? Number.MAX_VALUE
      const from = [fromS, toS, at, at, after?.traceId ?? ''] as const
      const rows =
        clock === 'start'
          ? byStart.all(...from, toS, limit)
          : (clock === 'end' ? byEnd : byReceived).all(...from, limit)
      return rows.map((row) => ({ at: Number(row.at), traceId: String(row.trace_id) }))
    },
  }
}
