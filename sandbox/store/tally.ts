import type { DatabaseSync } from 'node:sqlite'

/**
 * How many bytes of one table's records have ever come. Each row notes how many there were with it (`total_bytes`), so
 * that what lies beyond a bound is found from the oldest on, and nothing has to be added up.
 */
export interface Tally {
  /** With `bytes` more. */
  add(bytes: number): number
  readonly bytes: number
}

export function createTally(database: DatabaseSync, table: string): Tally {
  let bytes = newest(database, table, 'total_bytes')
  return {
    add(more) {
      bytes += more
      return bytes
    },
    get bytes() {
      return bytes
    },
  }
}

/** A column of the row that came last; 0 when there is none. */
export function newest(database: DatabaseSync, table: string, column: string): number {
  const row = database.prepare(`SELECT ${column} AS value FROM ${table} ORDER BY rowid DESC LIMIT 1`).get()
  return Number(row?.value ?? 0)
}
