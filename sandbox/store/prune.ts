import type { DatabaseSync } from 'node:sqlite'

/** How much is kept. What came first goes first. */
export interface Bounds {
  readonly maxSpans: number
  readonly maxLogs: number
  readonly maxSegments: number
  readonly maxOccurrences: number
  /** Days since a record was received. */
  readonly maxAgeDays: number
}

export const DEFAULT_BOUNDS: Bounds = {
  maxSpans: 200_000,
  maxLogs: 200_000,
  maxSegments: 200_000,
  maxOccurrences: 20_000,
  maxAgeDays: 7,
}

const DAY_MS = 86_400_000
/** One step deletes no more than this, so that nobody waits for it. Rows. */
const STEP_ROWS = 2_000

/**
 * Makes the function that deletes what is beyond the bounds, one small step at a time: true says that there is more.
 * It goes by rowid, from the oldest on, and so never looks at what stays.
 */
export function createPrune(database: DatabaseSync, bounds: Bounds): (nowMs: number) => boolean {
  const tables = [
    ['spans', bounds.maxSpans],
    ['logs', bounds.maxLogs],
    ['segments', bounds.maxSegments],
    ['rollbar_occurrences', bounds.maxOccurrences],
  ] as const
  const steps = tables.map(([table, maxRows]) => {
    const statement = database.prepare(`
      DELETE FROM ${table}
      WHERE rowid IN (SELECT rowid FROM ${table} ORDER BY rowid LIMIT ${STEP_ROWS})
        AND (received_ms < ? OR rowid <= (SELECT max(rowid) FROM ${table}) - ${maxRows})`)
    return (cutoffMs: number) => Number(statement.run(cutoffMs).changes)
  })
  const forget = database.prepare(`
    DELETE FROM traces AS t
    WHERE rowid IN (SELECT rowid FROM traces ORDER BY rowid LIMIT ${2 * STEP_ROWS})
      AND NOT EXISTS (SELECT 1 FROM spans WHERE trace_id = t.trace_id)
      AND NOT EXISTS (SELECT 1 FROM logs WHERE trace_id = t.trace_id)
      AND NOT EXISTS (SELECT 1 FROM segments WHERE trace_id = t.trace_id)
      AND NOT EXISTS (SELECT 1 FROM rollbar_occurrences WHERE trace_id = t.trace_id)`)
  const emptyItems = database.prepare(
    'DELETE FROM rollbar_items WHERE id NOT IN (SELECT item_id FROM rollbar_occurrences)',
  )
  return (nowMs) => {
    const deleted = steps.map((step) => step(nowMs - bounds.maxAgeDays * DAY_MS))
    if (deleted.every((rows) => rows === 0)) return false
    forget.run()
    if (deleted.at(-1)) emptyItems.run()
    return deleted.some((rows) => rows === STEP_ROWS)
  }
}
