import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
import type { MetricList } from '../../contracts/sandbox/lists.ts'
import { datasetSlug } from '../../contracts/trace-links.ts'

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
    /** The dataset has been written to. */
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
  /** How many data points came. */
  readonly points: number
}

/** Of metrics only the count is kept: enough to see that they arrive. */
export function createMetrics(database: DatabaseSync) {
  const upsert = database.prepare(`
    INSERT INTO metrics (dataset, name, kind, unit, points, last_written_ms) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET points = points + excluded.points, last_written_ms = excluded.last_written_ms`)
  const newest = database.prepare('SELECT * FROM metrics ORDER BY last_written_ms DESC, name LIMIT 1000')
  return {
    /** The latest first, a thousand at most. */
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
