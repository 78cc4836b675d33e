import { pathToFileURL } from 'node:url'
import { findModules, PYTHON } from './python.ts'
import { run } from './run.ts'

/** A row of a result, by column. */
type Row = Readonly<Record<string, unknown>>

export interface DuckDb {
  /** For the name of a test: which one was found, or how to provide one. */
  readonly kind: string
  /** Runs statements in one new database in memory, and returns the rows of each. */
  readonly run: ((statements: readonly string[]) => Promise<(readonly Row[])[]>) | undefined
}

interface NodeApi {
  readonly DuckDBInstance: {
    create(path: string): Promise<{
      connect(): Promise<{
        runAndReadAll(sql: string): Promise<{ getRowObjectsJson(): Row[] }>
        closeSync(): void
      }>
      closeSync(): void
    }>
  }
}

const SCRIPT = `
import duckdb, json, sys
connection = duckdb.connect()
results = []
for statement in json.load(sys.stdin):
    cursor = connection.execute(statement)
    names = [column[0] for column in cursor.description or []]
    results.append([dict(zip(names, row)) for row in cursor.fetchall()])
json.dump(results, sys.stdout, default=float)
`

/**
 * DuckDB is no package of this project. It is used where it is installed: as the Node package of whose
 * main file DUCKDB_NODE_API has the path, as `@duckdb/node-api`, or as a module of Python.
 */
export async function findDuckDb(): Promise<DuckDb> {
  const given = process.env.DUCKDB_NODE_API
  const name = given ? pathToFileURL(given).href : '@duckdb/node-api'
  const api: NodeApi | undefined = await import(name).catch(() => undefined)
  if (api) return { kind: '@duckdb/node-api', run: (statements) => runInNode(api, statements) }
  if (findModules('duckdb').isThere) return { kind: "Python's duckdb", run: runInPython }
  return { kind: 'skipped: neither @duckdb/node-api nor a Python module duckdb is installed', run: undefined }
}

async function runInNode(api: NodeApi, statements: readonly string[]): Promise<(readonly Row[])[]> {
  const database = await api.DuckDBInstance.create(':memory:')
  const connection = await database.connect()
  try {
    const results: Row[][] = []
    for (const sql of statements) results.push((await connection.runAndReadAll(sql)).getRowObjectsJson())
    return results
  } finally {
    connection.closeSync()
    database.closeSync()
  }
}

async function runInPython(statements: readonly string[]): Promise<(readonly Row[])[]> {
  const { code, stdout, stderr } = await run(PYTHON, ['-c', SCRIPT], {
    env: { PATH: process.env.PATH ?? '' },
    input: JSON.stringify(statements),
  })
  if (code !== 0) throw new Error(`${PYTHON} ended with ${code}:\n${stderr}`)
  return JSON.parse(stdout)
}
