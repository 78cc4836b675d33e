import type { DatabaseSync } from 'node:sqlite'

/** `total`: how many had come with a row; `size`: how many of them are the row's own. */
const COUNTERS = {
  spans: { table: 'span_chunks', total: 'total_spans', size: 'length(span_ids) / 16' },
  logs: { table: 'logs', total: 'rowid', size: '1' },
  segments: { table: 'segments', total: 'rowid', size: '1' },
  occurrences: { table: 'rollbar_occurrences', total: 'rowid', size: '1' },
} as const
export type ActivityKind = keyof typeof COUNTERS

const MINUTE_MS = 60_000

/**
 * How many records came in each of the last minutes. Rows lie in the order of their arrival, so that a minute's bounds
 * are searched for by halves, and nothing is counted.
 */
export function createActivity(database: DatabaseSync) {
  const readers = Object.entries(COUNTERS).map(([kind, { table, total, size }]) => {
    const at = database.prepare(
      `SELECT rowid AS row, received_ms AS received, ${total} - ${size} AS earlier
       FROM ${table} WHERE rowid >= ? ORDER BY rowid LIMIT 1`,
    )
    // Each by itself is one look at an end of the table; both in one would read all of it.
    const range = database.prepare(
      `SELECT (SELECT min(rowid) FROM ${table}) AS first, (SELECT max(rowid) FROM ${table}) AS last`,
    )
    const newest = database.prepare(`SELECT ${total} AS total FROM ${table} ORDER BY rowid DESC LIMIT 1`)

    /** How many had come before `ms`. */
    const before = (ms: number): number => {
      const bounds = range.get()
      let low = Number(bounds?.first ?? 0)
      let high = Number(bounds?.last ?? 0) + 1
      while (low < high) {
        const middle = Math.floor((low + high) / 2)
        const row = at.get(middle)
        if (row && Number(row.received) < ms) low = Number(row.row) + 1
        else high = middle
      }
      const next = at.get(low)
      if (next) return Number(next.earlier)
      return Number(newest.get()?.total ?? 0)
    }
    return [kind as ActivityKind, before] as const
  })

  return {
    /** By kind, the oldest minute first; the last is the one that is not over. */
    perMinute(minutes: number, nowMs: number): Record<ActivityKind, number[]> {
      return Object.fromEntries(
        readers.map(([kind, before]) => {
          const bounds = Array.from({ length: minutes + 1 }, (_, index) =>
            before(nowMs - (minutes - index) * MINUTE_MS),
          )
          return [kind, bounds.slice(1).map((total, index) => total - (bounds[index] ?? 0))]
        }),
      ) as Record<ActivityKind, number[]>
    },
  }
}
