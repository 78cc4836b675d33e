import type { DatabaseSync } from 'node:sqlite'
import type { MetricEntry } from '../../contracts/sandbox/metrics.ts'
import { datasetSlug } from '../../contracts/trace-links.ts'
import { createByteTotal, prepare } from './table.ts'

export interface Dataset {
  readonly slug: string
  readonly name: string
  /** Epoch milliseconds. */
  readonly createdMs: number
  readonly lastWrittenMs: number
}

export function createDatasets(database: DatabaseSync) {
  const columns = 'slug, name, created_ms AS createdMs, last_written_ms AS lastWrittenMs'
  const upsert = prepare(
    database,
    `INSERT INTO datasets (slug, name, created_ms, last_written_ms) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET last_written_ms = excluded.last_written_ms`,
  )
  return {
    /** Records that the dataset has been written to. */
    touch(name: string, nowMs: number): void {
      upsert.run(datasetSlug(name), name, nowMs, nowMs)
    },
    get: prepare<Dataset, [slug: string]>(database, `SELECT ${columns} FROM datasets WHERE slug = ?`).get,
    list: prepare<Dataset>(database, `SELECT ${columns} FROM datasets ORDER BY slug`).all,
  }
}

type Metric = Pick<MetricEntry, 'dataset' | 'name' | 'kind' | 'unit' | 'points' | 'lastWrittenAt'>
export type MetricRow = Omit<Metric, 'lastWrittenAt'>

/** Stores only how many data points of each metric arrived. */
export function createMetrics(database: DatabaseSync) {
  const upsert = prepare(
    database,
    `INSERT INTO metrics (dataset, name, kind, unit, points, last_written_ms) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET points = points + excluded.points, last_written_ms = excluded.last_written_ms`,
  )
  const newest = prepare<MetricRow & { lastWrittenMs: number }>(
    database,
    `SELECT dataset, name, kind, unit, points, last_written_ms AS lastWrittenMs
     FROM metrics ORDER BY last_written_ms DESC, name LIMIT 1000`,
  )
  return {
    /** The latest first, at most a thousand. */
    list: (): Metric[] =>
      newest.all().map(({ lastWrittenMs, ...metric }) => ({
        ...metric,
        lastWrittenAt: new Date(lastWrittenMs).toISOString(),
      })),
    add({ dataset, name, kind, unit, points }: MetricRow, nowMs: number): void {
      upsert.run(dataset, name, kind, unit, points, nowMs)
    },
  }
}

export interface LogRow {
  readonly traceId: string | null
  readonly spanId: string | null
  readonly dataset: string
  readonly document: string
}

export function createLogs(database: DatabaseSync) {
  const insert = prepare(
    database,
    'INSERT INTO logs (trace_id, span_id, dataset, document, received_ms, total_bytes) VALUES (?, ?, ?, ?, ?, ?)',
  )
  const newestFirst = prepare<{ row: number; document: string }>(
    database,
    'SELECT rowid AS row, document FROM logs WHERE rowid < ? ORDER BY rowid DESC',
  )
  const byteTotal = createByteTotal(database, 'logs')
  return {
    put(row: LogRow, nowMs: number): void {
      const totalBytes = byteTotal.add(Buffer.byteLength(row.document))
      insert.run(row.traceId, row.spanId, row.dataset, row.document, nowMs, totalBytes)
    },
    /** The latest first, from before row `before`. */
    walk: (before = Number.MAX_SAFE_INTEGER) => newestFirst.iterate(before),
    ofTrace: prepare<{ document: string }, [traceId: string]>(
      database,
      'SELECT document FROM logs WHERE trace_id = ? ORDER BY rowid',
    ).all,
  }
}
