import type { DatabaseSync } from 'node:sqlite'
import type { MetricEntry } from '../../contracts/sandbox/metrics.ts'
import { datasetSlug } from '../../contracts/trace-links.ts'
import { prepare } from './table.ts'

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
