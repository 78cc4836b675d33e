import type { DatabaseSync, SQLInputValue } from 'node:sqlite'
import { latestPlace } from '../../contracts/sandbox/latest-place.ts'
import type { TraceEntry } from '../../contracts/sandbox/lists.ts'
import { placeInList } from './plausible-time.ts'
import { prepare } from './table.ts'
import {
  type ChunkRow,
  describeTrace,
  IS_SERVICE,
  OCCURRENCE_COLUMNS,
  type OccurrenceHead,
  SEGMENT_COLUMNS,
  type SegmentHead,
} from './trace-description.ts'

/** The index over all three providers: each trace id, its start, and whether all its records are still there. */
export type TraceIndex = ReturnType<typeof createTraceIndex>

export function createTraceIndex(database: DatabaseSync) {
  const upsert = prepare<{ id: number }>(
    database,
    `INSERT INTO traces (trace_id, started_ms) VALUES (?, ?)
    ON CONFLICT DO UPDATE SET started_ms = min(started_ms, excluded.started_ms), pruned = min(pruned, 1)
    RETURNING id`,
  )
  const pruned = database.prepare('SELECT 1 FROM traces WHERE trace_id = ? AND pruned > 0')
  const anyPruned = database.prepare('SELECT 1 FROM traces WHERE pruned = 2 LIMIT 1')
  return {
    /** Adds the trace of a record that began at `startedMs`. Returns the trace's number in the store. */
    touch: (traceId: string, startedMs: number, receivedMs: number): number =>
      upsert.get(traceId, placeInList(startedMs, receivedMs))?.id ?? 0,
    /** Whether records of this trace have been deleted, because the store is bounded. */
    isPruned: (traceId: string): boolean => pruned.get(traceId) !== undefined,
    /** Whether any trace has been deleted entirely. */
    isAnyPruned: (): boolean => anyPruned.get() !== undefined,
  }
}

/** What the list of traces needs of some spans of one service. */
export interface SpanSummary {
  readonly service: string
  /** 16 characters each, by which a span that is sent again is known. */
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
  readonly sinceMs?: number | undefined
  readonly untilMs?: number | undefined
  readonly service?: string | undefined
  readonly error?: boolean | undefined
  /** Only these. */
  readonly traceIds?: readonly string[] | undefined
  /** Only traces that come after this one in the list, which begins with the newest. */
  readonly after?: TracePlace | undefined
}

export type TraceQuery = TraceFilter & { readonly limit: number }

const IS_ERROR = `(
  EXISTS (SELECT 1 FROM span_chunks WHERE trace = t.id AND has_error = 1)
  OR EXISTS (SELECT 1 FROM segments WHERE trace_id = t.trace_id AND is_error = 1)
  OR EXISTS (SELECT 1 FROM rollbar_occurrences WHERE trace_id = t.trace_id AND level IN ('error', 'critical')))`

const HAS_SERVICE = `(
  EXISTS (SELECT 1 FROM span_chunks WHERE trace = t.id AND service = ?)
  OR EXISTS (SELECT 1 FROM segments WHERE trace_id = t.trace_id AND name = ? AND ${IS_SERVICE}))`

/** Of `traces AS t`. Log records alone do not make a trace. */
export const HAS_RECORDS = `(
  EXISTS (SELECT 1 FROM span_chunks WHERE trace = t.id)
  OR EXISTS (SELECT 1 FROM segments WHERE trace_id = t.trace_id)
  OR EXISTS (SELECT 1 FROM rollbar_occurrences WHERE trace_id = t.trace_id))`

interface TraceRow extends Pick<TraceEntry, 'traceId'>, TracePlace {
  readonly pruned: number
}

/** The list of traces, from the records of each provider. */
export function createTraces(database: DatabaseSync, spans: { summariesOf(traceId: string): ChunkRow[] }) {
  const segments = prepare<SegmentHead, [traceId: string]>(
    database,
    `SELECT ${SEGMENT_COLUMNS} FROM segments WHERE trace_id = ? ORDER BY start_s, id`,
  )
  const occurrences = prepare<OccurrenceHead, [traceId: string]>(
    database,
    `SELECT ${OCCURRENCE_COLUMNS} FROM rollbar_occurrences WHERE trace_id = ? ORDER BY id`,
  )
  const exists = prepare(
    database,
    `SELECT 1 FROM traces AS t WHERE trace_id = ?1 AND ${HAS_RECORDS}
    UNION ALL SELECT 1 FROM logs WHERE trace_id = ?1 LIMIT 1`,
  )

  const large = prepare<{ isLarge: number }, [traceId: string, bytes: number]>(
    database,
    `SELECT total(bytes) > ?2 AS isLarge FROM (
       SELECT octet_length(body) AS bytes FROM span_chunks WHERE trace = (SELECT id FROM traces WHERE trace_id = ?1)
       UNION ALL SELECT octet_length(document) FROM segments WHERE trace_id = ?1
       UNION ALL SELECT octet_length(document) FROM logs WHERE trace_id = ?1
       UNION ALL SELECT octet_length(document) FROM rollbar_occurrences WHERE trace_id = ?1)`,
  )

  const future = prepare<{ count: number }, [latestMs: number]>(
    database,
    'SELECT count(*) AS count FROM traces WHERE started_ms > ? AND pruned < 2',
  )

  return {
    /** How many traces are last in every list, because they are of a time that the machine's clock has not reached. */
    futureCount: (): number => future.get(latestPlace(Date.now()))?.count ?? 0,
    /** Whether a trace's records have more bytes together. SQLite reads none of them for that. */
    isLargerThan: (traceId: string, bytes: number): boolean => large.get(traceId, bytes)?.isLarge === 1,
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
   * Yields traces newest first, along the index, then those of the future. Each costs the same however many there are, so
   * callers stop when they have found enough or run out of time.
   */
  function* walk(filter: TraceFilter): Generator<WalkedTrace, void, undefined> {
    const latestMs = latestPlace(Date.now())
    const isInFuture = filter.after && filter.after.startedMs > latestMs
    if (!isInFuture) yield* walkPart(filter, 't.started_ms <= ?', latestMs)
    yield* walkPart(isInFuture ? filter : { ...filter, after: undefined }, 't.started_ms > ?', latestMs)
  }

  function* walkPart(filter: TraceFilter, part: string, latestMs: number): Generator<WalkedTrace> {
    const { sinceMs, untilMs, service, error, traceIds, after } = filter
    const where = ['t.pruned < 2', HAS_RECORDS, part]
    const values: SQLInputValue[] = [latestMs]
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
    const rows = prepare<TraceRow>(
      database,
      `SELECT t.id AS number, t.trace_id AS traceId, t.started_ms AS startedMs, t.pruned FROM traces AS t
       WHERE ${where.join(' AND ')} ORDER BY t.started_ms DESC, t.id`,
    )
    for (const { number, traceId, startedMs, pruned } of rows.iterate(...values)) {
      const {
        startMs = startedMs,
        name,
        ...described
      } = describeTrace(spans.summariesOf(traceId), segments.all(traceId), occurrences.all(traceId))
      yield {
        ...described,
        traceId,
        place: { startedMs, number },
        startMs,
        startedAt: new Date(startedMs).toISOString(),
        rootName: name,
        pruned: pruned !== 0,
      }
    }
  }
}
