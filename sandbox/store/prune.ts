import type { DatabaseSync } from 'node:sqlite'
import { newest, prepare } from './table.ts'

/** How much the store keeps. The oldest records are deleted first. */
export interface Bounds {
  readonly maxSpans: number
  readonly maxLogs: number
  readonly maxSegments: number
  readonly maxOccurrences: number
  /** For each of these four kinds, in the size in which they were sent. */
  readonly maxBytes: number
  /** Data points of metrics. */
  readonly maxMetricPoints: number
  /** Of the requests that they were sent in. */
  readonly maxMetricBytes: number
  /** Days since a record was received. */
  readonly maxAgeDays: number
  /** How many of the newest trace ids to remember, so that a deleted trace shows as pruned, not as unknown. */
  readonly maxTraces: number
  /** Bytes that deleted records may leave in the file. More of them are given back to the disk at the next start. */
  readonly maxFreeBytes: number
}

export const DEFAULT_BOUNDS: Bounds = {
  maxSpans: 200_000,
  maxLogs: 200_000,
  maxSegments: 200_000,
  maxOccurrences: 20_000,
  maxBytes: 256 * 1024 * 1024,
  maxMetricPoints: 200_000,
  maxMetricBytes: 64 * 1024 * 1024,
  maxAgeDays: 7,
  maxTraces: 200_000,
  maxFreeBytes: 32 * 1024 * 1024,
}

const DAY_MS = 86_400_000
/**
 * How much faster than time itself records may become too old: an hour deletes at most a day of them, so that a clock which
 * is wrong for some minutes, or a start after a holiday, does not delete all at once.
 */
const MAX_AGING = 24
/** Where the oldest record was received by a clock that had never been set, the years after it need not be caught up with. */
const MAX_BEHIND_MS = 30 * DAY_MS
/** Rows that one step deletes at most, so that writes do not wait long. */
const STEP_ROWS = 1_000

/** The time of the wall clock, epoch ms, and of one that is never set. */
export interface Clocks {
  readonly nowMs: number
  readonly monotonicMs: number
}

export function readClocks(): Clocks {
  return { nowMs: Date.now(), monotonicMs: performance.now() }
}

/** Creates the function that deletes records beyond the bounds in small steps. It returns true while there are more. */
export function createPrune(
  database: DatabaseSync,
  bounds: Bounds,
  opened = readClocks(),
): (clocks: Clocks) => boolean {
  const cutoffAt = createCutoff(database, bounds.maxAgeDays * DAY_MS, opened)
  const steps = [
    // One row has many spans, and stores the total up to it.
    createStep(database, 'span_chunks', 'total_spans', bounds.maxSpans, bounds.maxBytes),
    createStep(database, 'logs', 'rowid', bounds.maxLogs, bounds.maxBytes),
    createStep(database, 'segments', 'rowid', bounds.maxSegments, bounds.maxBytes),
    createStep(database, 'metric_chunks', 'total_points', bounds.maxMetricPoints, bounds.maxMetricBytes),
    createStep(database, 'rollbar_occurrences', 'rowid', bounds.maxOccurrences, bounds.maxBytes),
  ]
  // Marks a trace that has lost some of its records (1), or all (2).
  const mark = prepare<unknown, [trace: number]>(
    database,
    `UPDATE traces AS t SET pruned = 2 - (
       EXISTS (SELECT 1 FROM span_chunks WHERE trace = t.id)
       OR EXISTS (SELECT 1 FROM logs WHERE trace_id = t.trace_id)
       OR EXISTS (SELECT 1 FROM segments WHERE trace_id = t.trace_id)
       OR EXISTS (SELECT 1 FROM rollbar_occurrences WHERE trace_id = t.trace_id))
     WHERE id = ?`,
  )
  const forget = database.prepare(`
    DELETE FROM traces WHERE id IN (
      SELECT id FROM traces WHERE pruned = 2 AND id <= ? ORDER BY id LIMIT ${STEP_ROWS})`)
  const emptyItems = database.prepare(
    'DELETE FROM rollbar_items WHERE id NOT IN (SELECT item_id FROM rollbar_occurrences)',
  )
  return (clocks) => {
    const cutoffMs = cutoffAt(clocks)
    const deleted = steps.map((step) => step(cutoffMs))
    if (deleted.every(({ rows }) => rows === 0)) return false
    for (const trace of new Set(deleted.flatMap(({ traces }) => traces))) mark.run(trace)
    const hasMore = deleted.some(({ rows }) => rows === STEP_ROWS)
    forget.run(newest(database, 'traces', 'id') - bounds.maxTraces)
    if (deleted.at(-1)?.rows) emptyItems.run()
    return hasMore
  }
}

/** Returns the time before which records are too old: it follows the clock, and catches up with it at MAX_AGING. */
function createCutoff(database: DatabaseSync, maxAgeMs: number, opened: Clocks): (clocks: Clocks) => number {
  const tables = ['span_chunks', 'logs', 'segments', 'metric_chunks', 'rollbar_occurrences']
  const first = tables.map((table) =>
    prepare<{ ms: number }, []>(database, `SELECT received_ms AS ms FROM ${table} ORDER BY rowid LIMIT 1`),
  )
  /** Infinite in an empty store. */
  const oldestMs = () => Math.min(...first.map((row) => row.get()?.ms ?? Number.POSITIVE_INFINITY))
  let { monotonicMs: countedMs } = opened
  let cutoffMs = Math.min(opened.nowMs - maxAgeMs, oldestMs())
  return ({ nowMs, monotonicMs }) => {
    const agedMs = cutoffMs + MAX_AGING * (monotonicMs - countedMs)
    const caughtUpMs = Math.max(agedMs, oldestMs() - MAX_BEHIND_MS)
    countedMs = monotonicMs
    cutoffMs = Math.min(nowMs - maxAgeMs, caughtUpMs)
    return cutoffMs
  }
}

/** The number of a row's trace, in tables that do not have its id. */
const TRACE_OF_ROW: Readonly<Record<string, string>> = { span_chunks: 'trace', metric_chunks: 'NULL' }

/**
 * Goes by rowid from the oldest row on, and so never reads rows that stay. By age it deletes no row that arrived after one
 * that stays, whose time may be of a clock that was wrong.
 */
function createStep(
  database: DatabaseSync,
  table: string,
  recordCount: string,
  maxRecords: number,
  maxBytes: number,
) {
  const trace = TRACE_OF_ROW[table] ?? `(SELECT id FROM traces WHERE traces.trace_id = ${table}.trace_id)`
  const remove = prepare<{ trace: number | null }>(
    database,
    `DELETE FROM ${table}
    WHERE rowid IN (SELECT rowid FROM ${table} ORDER BY rowid LIMIT ${STEP_ROWS})
      AND (rowid < (SELECT coalesce(min(rowid), ${Number.MAX_SAFE_INTEGER})
          FROM (SELECT rowid, received_ms FROM ${table} ORDER BY rowid LIMIT ${STEP_ROWS}) WHERE received_ms >= ?)
        OR ${recordCount} <= ? OR total_bytes <= ?)
    RETURNING ${trace} AS trace`,
  )
  return (cutoffMs: number) => {
    const tooMany = newest(database, table, recordCount) - maxRecords
    const tooLarge = newest(database, table, 'total_bytes') - maxBytes
    const rows = remove.all(cutoffMs, tooMany, tooLarge)
    return { rows: rows.length, traces: rows.flatMap(({ trace }) => trace ?? []) }
  }
}
