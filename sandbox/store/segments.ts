import type { DatabaseSync } from 'node:sqlite'
import { createByteTotal, prepare } from './table.ts'

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

/** A trace in the order of the newest time of its segments, epoch seconds. */
export interface Place {
  readonly at: number
  readonly traceId: string
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
  const firstReceived = prepare<{ ms: number | null }, [traceId: string]>(
    database,
    'SELECT min(received_ms) AS ms FROM segments WHERE trace_id = ?',
  )
  // Reads along the index, newest first, each trace where its last segment begins; so it reads no more rows than needed.
  const byStart = prepare<Place>(
    database,
    `SELECT trace_id AS traceId, start_s AS at FROM segments AS s
    WHERE start_s >= ? AND start_s <= ? AND (start_s < ? OR (start_s = ? AND trace_id > ?))
      AND id = (SELECT id FROM segments AS last WHERE last.trace_id = s.trace_id AND last.start_s <= ?
        ORDER BY last.start_s DESC, last.id DESC LIMIT 1)
    ORDER BY start_s DESC, trace_id LIMIT ?`,
  )
  const grouped = (column: string) =>
    prepare<Place>(
      database,
      `SELECT trace_id AS traceId, max(${column}) AS at FROM segments
      WHERE ${column} >= ? AND ${column} <= ?
      GROUP BY trace_id HAVING at < ? OR (at = ? AND trace_id > ?)
      ORDER BY at DESC, trace_id LIMIT ?`,
    )
  const byEnd = grouped('coalesce(end_s, start_s)')
  const byReceived = grouped('received_ms / 1000.0')
  // Dynamic naming changes the segment's name, and the annotation keeps the service's.
  const missing = prepare<{ traceId: string }, [traceIds: string, service: string]>(
    database,
    `SELECT value AS traceId FROM json_each(?1)
    WHERE NOT EXISTS (SELECT 1 FROM segments WHERE trace_id = value
        AND (name = ?2 OR document ->> '$.annotations.service_name' = ?2))
      AND NOT EXISTS (SELECT 1 FROM traces WHERE trace_id = value AND pruned > 0)`,
  )
  const count = prepare<{ count: number }, [traceId: string]>(
    database,
    'SELECT count(*) AS count FROM segments WHERE trace_id = ?',
  )
  const byteTotal = createByteTotal(database, 'segments')
  return {
    /**
     * A finished segment replaces the one in progress, never the reverse, because datagrams may overtake each other. Returns
     * whether the segment was stored.
     */
    put(row: SegmentRow, nowMs: number): boolean {
      const { changes } = upsert.run(
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
        byteTotal.add(Buffer.byteLength(row.document)),
      )
      return Number(changes) > 0
    },
    ofTrace: prepare<StoredSegment, [traceId: string]>(
      database,
      'SELECT id, document FROM segments WHERE trace_id = ? ORDER BY start_s, rowid',
    ).all,
    countOf: (traceId: string): number => count.get(traceId)?.count ?? 0,
    /** Those of the traces without a segment of this service, unless records of the trace have been pruned. */
    missingOf: (service: string, traceIds: readonly string[]): string[] =>
      missing.all(JSON.stringify(traceIds), service).map(({ traceId }) => traceId),
    /** When the oldest stored segment of a trace was received; undefined for a trace without segments. */
    firstReceivedMs: (traceId: string): number | undefined => firstReceived.get(traceId)?.ms ?? undefined,
    /**
     * The traces with a segment in the range (epoch seconds), newest first, at most `limit`. `after` is the last trace of
     * an earlier call, behind which to continue.
     */
    tracesBetween(clock: SegmentClock, fromS: number, toS: number, limit: number, after?: Place): Place[] {
      const at = after?.at ?? Number.MAX_VALUE
      const from = [fromS, toS, at, at, after?.traceId ?? ''] as const
      if (clock === 'start') return byStart.all(...from, toS, limit)
      return (clock === 'end' ? byEnd : byReceived).all(...from, limit)
    },
  }
}
