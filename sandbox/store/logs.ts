import type { DatabaseSync } from 'node:sqlite'
import { latestPlace } from '../../contracts/sandbox/latest-place.ts'
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

const FIRST_NS = -1n
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
     WHERE (at_ns, rowid) < (?, ?) AND at_ns > ? ORDER BY at_ns DESC, rowid DESC`,
  )
  const byteTotal = createByteTotal(database, 'logs')
  return {
    put({ traceId, spanId, dataset, atNs, document }: LogRow, nowMs: number): void {
      const totalBytes = byteTotal.add(Buffer.byteLength(document))
      insert.run(traceId, spanId, dataset, document, nowMs, totalBytes, atNs)
    },
    /**
     * From the latest on, or from behind a place; then the records of the future. Of records with the same time, the last
     * that arrived comes first.
     */
    *walk(after?: LogPlace): Generator<WalkedLog, void, undefined> {
      const latest: LogPlace = { atNs: BigInt(latestPlace(Date.now())) * 1_000_000n, row: LAST.row }
      const isInFuture = after && after.atNs > latest.atNs
      if (!isInFuture) {
        const { atNs, row } = after ?? latest
        yield* latestFirst.iterate(atNs, row, FIRST_NS)
      }
      const { atNs, row } = isInFuture ? after : LAST
      yield* latestFirst.iterate(atNs, row, latest.atNs)
    },
    ofTrace: prepare<Pick<WalkedLog, 'receivedMs' | 'document'>, [traceId: string]>(
      database,
      'SELECT received_ms AS receivedMs, document FROM logs WHERE trace_id = ? ORDER BY rowid',
    ).all,
  }
}
