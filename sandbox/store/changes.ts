import type { DatabaseSync } from 'node:sqlite'
import { newest } from './tally.ts'

const TABLES = ['span_chunks', 'segments', 'rollbar_occurrences', 'logs'] as const

/** How far each table had come at some moment, by its newest row. */
export type Mark = Readonly<Record<(typeof TABLES)[number], number>>

export interface Changes {
  /** Traces with new records, those that came last first; never more than were asked for. */
  readonly traceIds: readonly string[]
  /** How many log records and occurrences came. */
  readonly logs: number
  readonly occurrences: number
  readonly mark: Mark
}

/** What has come since, found from the newest rows back: whoever writes does nothing for it. */
export function createChanges(database: DatabaseSync) {
  const added = TABLES.map((table) => {
    const trace = table === 'span_chunks' ? 'JOIN traces ON traces.id = r.trace' : ''
    return database.prepare(`
      SELECT DISTINCT trace_id FROM (SELECT * FROM ${table} WHERE rowid > ? ORDER BY rowid DESC LIMIT ?) AS r ${trace}
      WHERE trace_id IS NOT NULL`)
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
          if (ids.size < limit) ids.add(String(row.trace_id))
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
