import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import type { TraceEntry } from '../../contracts/sandbox/lists.ts'

/** The index over all three providers: each trace id, its start, and whether all its records are still there. */
export type TraceIndex = ReturnType<typeof createTraceIndex>

export function createTraceIndex(database: DatabaseSync) {
  const upsert = database.prepare(`
    INSERT INTO traces (trace_id, started_ms) VALUES (?, ?)
    ON CONFLICT DO UPDATE SET started_ms = min(started_ms, excluded.started_ms), pruned = min(pruned, 1)
    RETURNING id`)
  const pruned = database.prepare('SELECT 1 FROM traces WHERE trace_id = ? AND pruned > 0')
  const anyPruned = database.prepare('SELECT 1 FROM traces WHERE pruned = 2 LIMIT 1')
  return {
    /** Notes a record that began at `startedMs`. Returns the trace's number in the store. */
    touch(traceId: string, startedMs: number): number {
      return Number(upsert.get(traceId, startedMs)?.id)
    },
    /** Whether records of this trace have been deleted, because the store is bounded. */
    isPruned: (traceId: string): boolean => pruned.get(traceId) !== undefined,
    /** Whether any trace has been deleted entirely. */
    isAnyPruned: (): boolean => anyPruned.get() !== undefined,
  }
}

/** What the list of traces needs of some spans of one service. */
export interface SpanSummary {
  readonly service: string
  /** 16 hex digits each. */
  readonly spanIds: readonly string[]
  /** Epoch milliseconds. */
  readonly startMs: number
  readonly endMs: number
  readonly hasError: boolean
  /** Whether one of them has no parent. */
  readonly hasRoot: boolean
  /** The root's, else that of the span which began first. */
  readonly name: string
}

/** A trace, as `walk` yields it. */
export interface WalkedTrace extends TraceEntry {
  /** Its position; a walk can continue behind it. */
  readonly place: TracePlace
  /** Start of the earliest record, epoch ms. Occurrences, which have whole seconds, count only without other records. */
  readonly startMs: number
  /** The HTTP status in the root segment. */
  readonly httpStatus: number | undefined
}

/** Epoch milliseconds, and the trace's number in the store. */
export interface TracePlace {
  readonly startedMs: number
  readonly number: number
}

export interface TraceFilter {
  /** Epoch milliseconds. */
  readonly sinceMs?: number
  readonly untilMs?: number
  readonly service?: string
  readonly error?: boolean
  /** Only these. */
  readonly traceIds?: readonly string[]
  /** Only those behind this one. */
  readonly after?: TracePlace
}

export interface TraceQuery {
  readonly limit: number
  /** Epoch milliseconds. */
  readonly sinceMs?: number
  readonly service?: string
  readonly error?: boolean
}

/** An independent subsegment is not a service. */
const IS_SERVICE = "document ->> '$.type' IS NOT 'subsegment'"

const IS_ERROR = `(
  EXISTS (SELECT 1 FROM span_chunks WHERE trace = t.id AND has_error = 1)
  OR EXISTS (SELECT 1 FROM segments WHERE trace_id = t.trace_id AND is_error = 1)
  OR EXISTS (SELECT 1 FROM rollbar_occurrences WHERE trace_id = t.trace_id AND level IN ('error', 'critical')))`

const HAS_SERVICE = `(
  EXISTS (SELECT 1 FROM span_chunks WHERE trace = t.id AND service = ?)
  OR EXISTS (SELECT 1 FROM segments WHERE trace_id = t.trace_id AND name = ? AND ${IS_SERVICE}))`

/** Log records alone do not make a trace. */
const HAS_RECORDS = `(
  EXISTS (SELECT 1 FROM span_chunks WHERE trace = t.id)
  OR EXISTS (SELECT 1 FROM segments WHERE trace_id = t.trace_id)
  OR EXISTS (SELECT 1 FROM rollbar_occurrences WHERE trace_id = t.trace_id))`

const COUNTS = `
  (SELECT count(*) FROM segments WHERE trace_id = t.trace_id) AS segments,
  (SELECT count(*) FROM rollbar_occurrences WHERE trace_id = t.trace_id) AS items`

/** The list of traces, from the records of each provider. */
export function createTraces(database: DatabaseSync, spans: { summariesOf(traceId: string): SpanSummary[] }) {
  const segments = database.prepare(
    `SELECT name, parent_id AS parent, start_s, end_s, ${IS_SERVICE} AS is_service,
       document ->> '$.http.response.status' AS status FROM segments
     WHERE trace_id = ? ORDER BY start_s`,
  )
  const items = database.prepare(
    'SELECT title, timestamp_s FROM rollbar_occurrences WHERE trace_id = ? ORDER BY id',
  )
  const exists = database.prepare(`
    SELECT 1 FROM traces AS t WHERE trace_id = ?1 AND ${HAS_RECORDS}
    UNION ALL SELECT 1 FROM logs WHERE trace_id = ?1 LIMIT 1`)

  return {
    /** Newest first. */
    list({ limit, ...filter }: TraceQuery): TraceEntry[] {
      const found: TraceEntry[] = []
      for (const { place, startMs, httpStatus, ...entry } of walk(filter)) {
        found.push(entry)
        if (found.length === limit) break
      }
      return found
    },
    walk,
    /** Whether it has any record. */
    has: (traceId: string): boolean => exists.get(traceId) !== undefined,
  }

  /**
   * Yields traces newest first, along the index. Each costs the same however many there are, so callers stop when they
   * have found enough or run out of time.
   */
  function* walk({
    sinceMs,
    untilMs,
    service,
    error,
    traceIds,
    after,
  }: TraceFilter): Generator<WalkedTrace, void, undefined> {
    const where = ['t.pruned < 2', HAS_RECORDS]
    const values: SQLInputValue[] = []
    const add = (condition: string, ...more: SQLInputValue[]) => {
      where.push(condition)
      values.push(...more)
    }
    if (sinceMs !== undefined) add('t.started_ms >= ?', sinceMs)
    if (untilMs !== undefined) add('t.started_ms <= ?', untilMs)
    if (after) {
      const { startedMs, number } = after
      add('t.started_ms <= ? AND (t.started_ms < ? OR t.id > ?)', startedMs, startedMs, number)
    }
    if (traceIds) add('t.trace_id IN (SELECT value FROM json_each(?))', JSON.stringify(traceIds))
    if (service !== undefined) add(HAS_SERVICE, service, service)
    if (error !== undefined) where.push(error ? IS_ERROR : `NOT ${IS_ERROR}`)
    const rows = database
      .prepare(
        `SELECT t.id, t.trace_id, t.started_ms, t.pruned, ${COUNTS}, ${IS_ERROR} AS is_error FROM traces AS t
         WHERE ${where.join(' AND ')} ORDER BY t.started_ms DESC, t.id`,
      )
      .iterate(...values)
    for (const row of rows) {
      const startedMs = Number(row.started_ms)
      const { startMs, ...described } = describe(String(row.trace_id))
      yield {
        place: { startedMs, number: Number(row.id) },
        startMs: startMs ?? startedMs,
        traceId: String(row.trace_id),
        startedAt: new Date(startedMs).toISOString(),
        ...described,
        segments: Number(row.segments),
        items: Number(row.items),
        error: row.is_error === 1,
        pruned: row.pruned !== 0,
      }
    }
  }

  function describe(traceId: string) {
    const chunks = spans.summariesOf(traceId)
    const records = [
      ...chunks.map(({ service, name, hasRoot, startMs, endMs }) => ({
        service,
        name,
        isRoot: hasRoot,
        startMs,
        endMs,
        status: null,
      })),
      ...segments.all(traceId).map((row) => ({
        service: row.is_service === 1 ? String(row.name) : undefined,
        name: String(row.name),
        isRoot: !row.parent,
        startMs: Number(row.start_s) * 1000,
        endMs: Number(row.end_s ?? row.start_s) * 1000,
        status: row.status ?? null,
      })),
    ]
    const start = Math.min(...records.map(({ startMs }) => startMs))
    const end = Math.max(...records.map(({ endMs }) => endMs))
    const root = records.find(({ isRoot }) => isRoot) ?? records[0]
    const answered = records.find(({ isRoot, status }) => isRoot && status !== null) ?? root
    return {
      startMs: records.length === 0 ? undefined : start,
      httpStatus: typeof answered?.status === 'number' ? answered.status : undefined,
      durationMs: records.length === 0 ? 0 : Math.round((end - start) * 1000) / 1000,
      services: [...new Set(records.flatMap(({ service }) => service ?? []))],
      rootName: root?.name ?? String(items.get(traceId)?.title ?? ''),
      spans: new Set(chunks.flatMap(({ spanIds }) => spanIds)).size,
    }
  }
}
