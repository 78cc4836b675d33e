import type { DatabaseSync } from 'node:sqlite'

/** The index over all three providers: which trace ids there are, when each began, and whether all of it is there. */
export type TraceIndex = ReturnType<typeof createTraceIndex>

export function createTraceIndex(database: DatabaseSync) {
  const upsert = database.prepare(`
    INSERT INTO traces (trace_id, started_ms) VALUES (?, ?)
    ON CONFLICT DO UPDATE SET started_ms = min(started_ms, excluded.started_ms), pruned = min(pruned, 1)
    RETURNING id`)
  const pruned = database.prepare('SELECT 1 FROM traces WHERE trace_id = ? AND pruned > 0')
  const anyPruned = database.prepare('SELECT 1 FROM traces WHERE pruned = 2 LIMIT 1')
  return {
    /** A record of this trace has come, of what began at `startedMs`. Gives the trace's number in the store. */
    touch(traceId: string, startedMs: number): number {
      return Number(upsert.get(traceId, startedMs)?.id)
    },
    /** Whether records of this trace have been deleted, because the store is bounded. */
    isPruned: (traceId: string): boolean => pruned.get(traceId) !== undefined,
    /** Whether any trace has gone altogether. */
    isAnyPruned: (): boolean => anyPruned.get() !== undefined,
  }
}
