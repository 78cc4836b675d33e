import type { DatabaseSync, SQLInputValue } from 'node:sqlite'

/**
 * Prepares a statement. `Row` has the columns of its result, by their aliases; `Values` are the values of its question
 * marks, or one object with a member for each `:name`, whose further members are ignored.
 */
export function prepare<Row = unknown, Values extends SQLInputValue[] | [object] = SQLInputValue[]>(
  database: DatabaseSync,
  sql: string,
) {
  const statement = database.prepare(sql)
  statement.setAllowUnknownNamedParameters(true)
  return {
    run: (...values: Values) => statement.run(...(values as SQLInputValue[])),
    get: (...values: Values) => statement.get(...(values as SQLInputValue[])) as Row | undefined,
    all: (...values: Values) => statement.all(...(values as SQLInputValue[])) as Row[],
    iterate: (...values: Values) =>
      statement.iterate(...(values as SQLInputValue[])) as IterableIterator<Row>,
  }
}

/** A column of the newest row; 0 for an empty table. */
export function newest(database: DatabaseSync, table: string, column: string): number {
  const row = database.prepare(`SELECT ${column} AS value FROM ${table} ORDER BY rowid DESC LIMIT 1`).get()
  return Number(row?.value ?? 0)
}

/**
 * Counts the bytes of all records that a table ever received. Each row stores the total up to it (`total_bytes`), so that
 * pruning compares instead of adding up.
 */
export function createByteTotal(database: DatabaseSync, table: string) {
  let total = newest(database, table, 'total_bytes')
  return {
    /** Returns the total with `bytes` more. */
    add(bytes: number): number {
      total += bytes
      return total
    },
  }
}
