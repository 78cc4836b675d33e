import type { DatabaseSync } from 'node:sqlite'
import type { MetricEntry } from '../../contracts/sandbox/metrics.ts'
import { datasetSlug } from '../../contracts/trace-links.ts'
import { createByteTotal, newest, prepare } from './table.ts'

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

/** How many data points of a metric arrived. */
export type MetricRow = Pick<MetricEntry, 'dataset' | 'name' | 'kind' | 'unit' | 'points'>

/** The metrics of one request as they were sent, which are decoded when they are asked about. */
export interface MetricChunk {
  readonly dataset: string
  readonly encoding: 'protobuf' | 'json'
  /** An ExportMetricsServiceRequest. */
  readonly body: Uint8Array
  /** Data points in it. */
  readonly points: number
}

export function createMetrics(database: DatabaseSync) {
  const upsert = prepare(
    database,
    `INSERT INTO metrics (dataset, name, kind, unit, points, last_written_ms) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET points = points + excluded.points, last_written_ms = excluded.last_written_ms`,
  )
  const insert = prepare(
    database,
    `INSERT INTO metric_chunks (dataset, encoding, body, points, received_ms, total_points, total_bytes)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  )
  const byteTotal = createByteTotal(database, 'metric_chunks')
  let totalPoints = newest(database, 'metric_chunks', 'total_points')
  return {
    /** Counts the points of a metric, which stay counted when they are deleted. */
    add({ dataset, name, kind, unit, points }: MetricRow, nowMs: number): void {
      upsert.run(dataset, name, kind, unit, points, nowMs)
    },
    put({ dataset, encoding, body, points }: MetricChunk, nowMs: number): void {
      totalPoints += points
      insert.run(dataset, encoding, body, points, nowMs, totalPoints, byteTotal.add(body.byteLength))
    },
  }
}
