import type { DatabaseSync, SQLOutputValue } from 'node:sqlite'
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
