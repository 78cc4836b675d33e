import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import type { MetricList } from '../../contracts/sandbox/lists.ts'
import { datasetSlug } from '../../contracts/trace-links.ts'
import { createTally } from './prune.ts'

export interface Dataset {
  readonly slug: string
  readonly name: string
  /** Epoch milliseconds. */
  readonly createdMs: number
  readonly lastWrittenMs: number
}

export function createDatasets(database: DatabaseSync) {
  const upsert = database.prepare(`
    INSERT INTO datasets (slug, name, created_ms, last_written_ms) VALUES (?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET last_written_ms = excluded.last_written_ms`)
  const bySlug = database.prepare('SELECT * FROM datasets WHERE slug = ?')
  const all = database.prepare('SELECT * FROM datasets ORDER BY slug')
  return {
    /** Notes that the dataset has been written to. */
    touch(name: string, nowMs: number): void {
      upsert.run(datasetSlug(name), name, nowMs, nowMs)
    },
    get(slug: string): Dataset | undefined {
      const row = bySlug.get(slug)
      return row && toDataset(row)
    },
    list(): Dataset[] {
      return all.all().map(toDataset)
    },
  }
}

function toDataset(row: Record<string, SQLOutputValue>): Dataset {
  return {
    slug: String(row.slug),
    name: String(row.name),
    createdMs: Number(row.created_ms),
    lastWrittenMs: Number(row.last_written_ms),
  }
}

export interface MetricRow {
  readonly dataset: string
  readonly name: string
  readonly kind: string
  readonly unit: string
  /** Data points received. */
  readonly points: number
}

/** Stores only how many data points of each metric arrived. */
export function createMetrics(database: DatabaseSync) {
  const upsert = database.prepare(`
    INSERT INTO metrics (dataset, name, kind, unit, points, last_written_ms) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET points = points + excluded.points, last_written_ms = excluded.last_written_ms`)
  const newest = database.prepare('SELECT * FROM metrics ORDER BY last_written_ms DESC, name LIMIT 1000')
  return {
    /** The latest first, at most a thousand. */
    list: (): MetricList['metrics'] =>
      newest.all().map((row) => ({
        dataset: String(row.dataset),
        name: String(row.name),
        kind: String(row.kind),
        unit: String(row.unit),
        points: Number(row.points),
        lastWrittenAt: new Date(Number(row.last_written_ms)).toISOString(),
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
    /** The latest first, from before row `before`. */
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
