import type { DatabaseSync } from 'node:sqlite'
import { newest, prepare } from './table.ts'

/** `total`: records received up to and including a row; `size`: records in the row. */
const COUNTERS = {
  spans: { table: 'span_chunks', total: 'total_spans', size: 'length(span_ids) / 16' },
  logs: { table: 'logs', total: 'rowid', size: '1' },
  segments: { table: 'segments', total: 'rowid', size: '1' },
  occurrences: { table: 'rollbar_occurrences', total: 'rowid', size: '1' },
} as const

const MINUTE_MS = 60_000

/**
 * How many records arrived in each of the last minutes. Rows are in the order of arrival, so a binary search finds the
 * bounds of a minute, and the totals in its rows give the count.
 */
export function createActivity(database: DatabaseSync) {
  const readers = Object.entries(COUNTERS).map(([kind, { table, total, size }]) => {
    const rowFrom = prepare<{ row: number; received: number; earlier: number }, [row: number]>(
      database,
      `SELECT rowid AS row, received_ms AS received, ${total} - ${size} AS earlier
       FROM ${table} WHERE rowid >= ? ORDER BY rowid LIMIT 1`,
    )
    // Two separate queries look at the ends of the table; SQLite reads all of it for min and max in one.
    const range = prepare<{ first: number | null; last: number | null }>(
      database,
      `SELECT (SELECT min(rowid) FROM ${table}) AS first, (SELECT max(rowid) FROM ${table}) AS last`,
    )

    /** The number of records that arrived before `ms`. */
    const before = (ms: number): number => {
      const bounds = range.get()
      let low = bounds?.first ?? 0
      let high = (bounds?.last ?? 0) + 1
      while (low < high) {
        const middle = Math.floor((low + high) / 2)
        const row = rowFrom.get(middle)
        if (row && row.received < ms) low = row.row + 1
        else high = middle
      }
      return rowFrom.get(low)?.earlier ?? newest(database, table, total)
    }
    return [kind, before] as const
  })

  return {
    /** By kind, the oldest minute first. The last one is not over yet. */
    perMinute: (minutes: number, nowMs: number) =>
      Object.fromEntries(
        readers.map(([kind, before]) => {
          const totals = Array.from({ length: minutes + 1 }, (_, index) =>
            before(nowMs - (minutes - index) * MINUTE_MS),
          )
          // A clock that was set back leaves rows whose times are not in order.
          return [kind, totals.slice(1).map((total, index) => Math.max(0, total - (totals[index] ?? 0)))]
        }),
      ) as Record<keyof typeof COUNTERS, number[]>,
  }
}

const TABLES = ['span_chunks', 'segments', 'segment_updates', 'rollbar_occurrences', 'logs'] as const

/** The newest row of each table at some moment. */
export type Mark = Readonly<Record<(typeof TABLES)[number], number>>

export interface Changes {
  /** Traces with new or replaced records, the latest first, up to the limit. */
  readonly traceIds: readonly string[]
  /** How many log records and occurrences have arrived. */
  readonly logs: number
  readonly occurrences: number
  readonly mark: Mark
}

/** What has arrived since a mark, found from the newest rows back, so that it costs writers nothing. */
export function createChanges(database: DatabaseSync) {
  const added = TABLES.map((table) => {
    const trace = table === 'span_chunks' ? 'JOIN traces ON traces.id = r.trace' : ''
    return prepare<{ traceId: string }>(
      database,
      `SELECT DISTINCT trace_id AS traceId FROM (SELECT * FROM ${table} WHERE rowid > ? ORDER BY rowid DESC LIMIT ?) AS r ${trace}
      WHERE trace_id IS NOT NULL`,
    )
  })
  const mark = (): Mark =>
    Object.fromEntries(TABLES.map((table) => [table, newest(database, table, 'rowid')])) as Mark
  return {
    mark,
    since(before: Mark, limit: number): Changes {
      const now = mark()
      const ids = new Set<string>()
      for (const [index, table] of TABLES.entries()) {
        if (now[table] === before[table]) continue
        for (const row of added[index]?.all(before[table], limit) ?? []) {
          if (ids.size < limit) ids.add(row.traceId)
        }
      }
      return {
        traceIds: [...ids],
        logs: Math.max(0, now.logs - before.logs),
        occurrences: Math.max(0, now.rollbar_occurrences - before.rollbar_occurrences),
        mark: now,
      }
    },
  }
}
