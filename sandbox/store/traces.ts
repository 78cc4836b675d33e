import type { DatabaseSync, SQLInputValue } from 'node:sqlite'

/** What the list of traces says of one: each provider's own count, nothing carried over from one to another. */
export interface TraceEntry {
  readonly traceId: string
  /** ISO 8601. */
  readonly startedAt: string
  readonly durationMs: number
  readonly services: readonly string[]
  readonly rootName: string
  readonly spans: number
  readonly segments: number
  readonly items: number
  readonly error: boolean
}

export interface TraceQuery {
  readonly limit: number
  /** Epoch milliseconds. */
  readonly sinceMs?: number
  readonly service?: string
  readonly error?: boolean
}

const IS_ERROR = `(
  EXISTS (SELECT 1 FROM spans WHERE trace_id = t.trace_id AND is_error = 1)
  OR EXISTS (SELECT 1 FROM segments WHERE trace_id = t.trace_id AND is_error = 1)
  OR EXISTS (SELECT 1 FROM rollbar_occurrences WHERE trace_id = t.trace_id AND level IN ('error', 'critical')))`

const HAS_SERVICE = `(
  EXISTS (SELECT 1 FROM spans WHERE trace_id = t.trace_id AND service = ?)
  OR EXISTS (SELECT 1 FROM segments WHERE trace_id = t.trace_id AND name = ?))`

const COUNTS = `
  (SELECT count(*) FROM spans WHERE trace_id = t.trace_id) AS spans,
  (SELECT count(*) FROM segments WHERE trace_id = t.trace_id) AS segments,
  (SELECT count(*) FROM rollbar_occurrences WHERE trace_id = t.trace_id) AS items`

/** The index over all three providers: which trace ids there are, and when each began. */
export function createTraces(database: DatabaseSync) {
  const upsert = database.prepare(`
    INSERT INTO traces (trace_id, started_ms, seen_ms) VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET started_ms = min(started_ms, excluded.started_ms), seen_ms = excluded.seen_ms`)
  const spans = database.prepare(`
    SELECT service, name, start_ns / 1e6 AS start_ms, end_ns / 1e6 AS end_ms,
      document ->> '$.parentSpanId' AS parent
    FROM spans WHERE trace_id = ? ORDER BY start_ns`)
  const segments = database.prepare(
    'SELECT name, parent_id AS parent, start_s, end_s FROM segments WHERE trace_id = ? ORDER BY start_s',
  )
  const items = database.prepare(
    'SELECT title, timestamp_s FROM rollbar_occurrences WHERE trace_id = ? ORDER BY id',
  )

  return {
    /** A record of this trace has come, of what began at `startedMs`. */
    touch(traceId: string, startedMs: number, nowMs: number): void {
      upsert.run(traceId, startedMs, nowMs)
    },
    /** Newest first. */
    list({ limit, sinceMs, service, error }: TraceQuery): TraceEntry[] {
      const where = ['spans + segments + items > 0']
      const values: SQLInputValue[] = []
      if (sinceMs !== undefined) {
        where.push('t.started_ms >= ?')
        values.push(sinceMs)
      }
      if (service !== undefined) {
        where.push(HAS_SERVICE)
        values.push(service, service)
      }
      if (error !== undefined) where.push(error ? IS_ERROR : `NOT ${IS_ERROR}`)
      const rows = database
        .prepare(
          `SELECT t.trace_id, t.started_ms, ${COUNTS}, ${IS_ERROR} AS is_error FROM traces AS t
           WHERE ${where.join(' AND ')} ORDER BY t.started_ms DESC LIMIT ?`,
        )
        .all(...values, limit)
      return rows.map((row) => ({
        traceId: String(row.trace_id),
        startedAt: new Date(Number(row.started_ms)).toISOString(),
        ...describe(String(row.trace_id)),
        spans: Number(row.spans),
        segments: Number(row.segments),
        items: Number(row.items),
        error: row.is_error === 1,
      }))
    },
  }

  function describe(traceId: string): Pick<TraceEntry, 'durationMs' | 'services' | 'rootName'> {
    const records = [
      ...spans.all(traceId).map((row) => ({
        service: String(row.service),
        name: String(row.name),
        isRoot: !row.parent,
        startMs: Number(row.start_ms),
        endMs: Number(row.end_ms),
      })),
      ...segments.all(traceId).map((row) => ({
        service: String(row.name),
        name: String(row.name),
        isRoot: !row.parent,
        startMs: Number(row.start_s) * 1000,
        endMs: Number(row.end_s ?? row.start_s) * 1000,
      })),
    ]
    const start = Math.min(...records.map(({ startMs }) => startMs))
    const end = Math.max(...records.map(({ endMs }) => endMs))
    const root = records.find(({ isRoot }) => isRoot) ?? records[0]
    return {
      durationMs: records.length === 0 ? 0 : Math.round((end - start) * 1000) / 1000,
      services: [...new Set(records.map(({ service }) => service))],
      rootName: root?.name ?? String(items.get(traceId)?.title ?? ''),
    }
  }
}
