import type { DatabaseSync } from 'node:sqlite'
import { createTally } from './prune.ts'

export interface LogRow {
  readonly traceId: string | null
  readonly spanId: string | null
  readonly dataset: string
  readonly document: string
}

export function createLogs(database: DatabaseSync) {
  const insert = database.prepare(
    'INSERT INTO logs (trace_id, span_id, dataset, document, received_ms, total_bytes) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const byTrace = database.prepare('SELECT document FROM logs WHERE trace_id = ? ORDER BY rowid')
  const newestFirst = database.prepare(
    'SELECT rowid AS row, document FROM logs WHERE rowid < ? ORDER BY rowid DESC',
  )
  const tally = createTally(database, 'logs')
  return {
    put(row: LogRow, nowMs: number): void {
      const totalBytes = tally.add(Buffer.byteLength(row.document))
      insert.run(row.traceId, row.spanId, row.dataset, row.document, nowMs, totalBytes)
    },
    /** Those that came last first, behind `before`. */
    *walk(before = Number.MAX_SAFE_INTEGER): Generator<{ row: number; document: string }, void, undefined> {
      for (const row of newestFirst.iterate(before)) {
        yield { row: Number(row.row), document: String(row.document) }
      }
    },
    ofTrace(traceId: string): string[] {
      return byTrace.all(traceId).map((row) => String(row.document))
    },
  }
}
