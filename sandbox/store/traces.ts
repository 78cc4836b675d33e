import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import type { SpanSummary } from './spans.ts'

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
  /** Whether some of its records have been deleted, because the store is bounded. */
  readonly pruned: boolean
}

export interface TraceQuery {
  readonly limit: number
  /** Epoch milliseconds. */
  readonly sinceMs?: number
  readonly service?: string
  readonly error?: boolean
}

/** A subsegment that came by itself is no service. */
const IS_SERVICE = "document ->> '$.type' IS NOT 'subsegment'"

const IS_ERROR = `(
  EXISTS (SELECT 1 FROM span_chunks WHERE trace = t.id AND has_error = 1)
  OR EXISTS (SELECT 1 FROM segments WHERE trace_id = t.trace_id AND is_error = 1)
  OR EXISTS (SELECT 1 FROM rollbar_occurrences WHERE trace_id = t.trace_id AND level IN ('error', 'critical')))`

const HAS_SERVICE = `(
  EXISTS (SELECT 1 FROM span_chunks WHERE trace = t.id AND service = ?)
  OR EXISTS (SELECT 1 FROM segments WHERE trace_id = t.trace_id AND name = ? AND ${IS_SERVICE}))`

/** A log line alone makes no trace. */
const HAS_RECORDS = `(
  EXISTS (SELECT 1 FROM span_chunks WHERE trace = t.id)
  OR EXISTS (SELECT 1 FROM segments WHERE trace_id = t.trace_id)
  OR EXISTS (SELECT 1 FROM rollbar_occurrences WHERE trace_id = t.trace_id))`

const COUNTS = `
  (SELECT count(*) FROM segments WHERE trace_id = t.trace_id) AS segments,
  (SELECT count(*) FROM rollbar_occurrences WHERE trace_id = t.trace_id) AS items`

/** The list of traces, made of what each provider has of them. */
export function createTraces(database: DatabaseSync, spans: { summariesOf(traceId: string): SpanSummary[] }) {
  const segments = database.prepare(
    `SELECT name, parent_id AS parent, start_s, end_s, ${IS_SERVICE} AS is_service FROM segments
     WHERE trace_id = ? ORDER BY start_s`,
  )
  const items = database.prepare(
    'SELECT title, timestamp_s FROM rollbar_occurrences WHERE trace_id = ? ORDER BY id',
  )

  return {
    /** Newest first. */
    list({ limit, sinceMs, service, error }: TraceQuery): TraceEntry[] {
      const where = ['t.pruned < 2', HAS_RECORDS]
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
          `SELECT t.trace_id, t.started_ms, t.pruned, ${COUNTS}, ${IS_ERROR} AS is_error FROM traces AS t
           WHERE ${where.join(' AND ')} ORDER BY t.started_ms DESC LIMIT ?`,
        )
        .all(...values, limit)
      return rows.map((row) => ({
        traceId: String(row.trace_id),
        startedAt: new Date(Number(row.started_ms)).toISOString(),
        ...describe(String(row.trace_id)),
        segments: Number(row.segments),
        items: Number(row.items),
        error: row.is_error === 1,
        pruned: row.pruned !== 0,
      }))
    },
  }

  function describe(traceId: string): Pick<TraceEntry, 'durationMs' | 'services' | 'rootName' | 'spans'> {
    const chunks = spans.summariesOf(traceId)
    const records = [
      ...chunks.map(({ service, name, hasRoot, startMs, endMs }) => ({
        service,
        name,
        isRoot: hasRoot,
        startMs,
        endMs,
      })),
      ...segments.all(traceId).map((row) => ({
        service: row.is_service === 1 ? String(row.name) : undefined,
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
      services: [...new Set(records.flatMap(({ service }) => service ?? []))],
      rootName: root?.name ?? String(items.get(traceId)?.title ?? ''),
      spans: new Set(chunks.flatMap(({ spanIds }) => spanIds)).size,
    }
  }
}
