import type { DatabaseSync } from 'node:sqlite'
import { createByteTotal, prepare } from './table.ts'

export interface LogRow {
  readonly traceId: string | null
  readonly spanId: string | null
  readonly dataset: string
  /** The position in the list of log records: epoch nanoseconds. */
  readonly atNs: bigint
  readonly document: string
}

/** A position in the list; a walk can continue behind it. */
export interface LogPlace {
  readonly atNs: bigint
  /** Grows in the order of arrival. */
  readonly row: number
}

export interface WalkedLog {
  readonly row: number
  /** Epoch milliseconds. */
  readonly receivedMs: number
  readonly document: string
}

const LAST: LogPlace = { atNs: 2n ** 63n - 1n, row: Number.MAX_SAFE_INTEGER }

export function createLogs(database: DatabaseSync) {
  const insert = prepare(
    database,
    `INSERT INTO logs (trace_id, span_id, dataset, document, received_ms, total_bytes, at_ns)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  )
  const latestFirst = prepare<WalkedLog>(
    database,
    `SELECT rowid AS row, received_ms AS receivedMs, document FROM logs
     WHERE (at_ns, rowid) < (?, ?) ORDER BY at_ns DESC, rowid DESC`,
  )
  const byteTotal = createByteTotal(database, 'logs')
  return {
    put({ traceId, spanId, dataset, atNs, document }: LogRow, nowMs: number): void {
      const totalBytes = byteTotal.add(Buffer.byteLength(document))
      insert.run(traceId, spanId, dataset, document, nowMs, totalBytes, atNs)
    },
    /** From the latest on, or from behind a place. Of records with the same time, the last that arrived comes first. */
    walk: ({ atNs, row }: LogPlace = LAST) => latestFirst.iterate(atNs, row),
    ofTrace: prepare<Pick<WalkedLog, 'receivedMs' | 'document'>, [traceId: string]>(
      database,
      'SELECT received_ms AS receivedMs, document FROM logs WHERE trace_id = ? ORDER BY rowid',
    ).all,
  }
}
