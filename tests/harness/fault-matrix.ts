import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { HTTP_FAULTS, OUTAGE, PARTIAL_SUCCESS } from './fault-cases.ts'
import type { MatrixRow } from './fault-cell.ts'
import { scaled } from './scale.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Each cell of tests/faults/ appends its row to this file. */
    readonly matrixFile: string
  }
}

/** Collects what the cells of tests/faults/ have measured, and prints it as a table when all have ended (vitest's globalSetup). */
export default function collectMatrix(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'fault-matrix-'))
  const file = join(folder, 'rows.jsonl')
  writeFileSync(file, '')
  project.provide('matrixFile', file)
  return () => {
    const rows = readFileSync(file, 'utf8').split('\n').filter(Boolean)
    rmSync(folder, { recursive: true, force: true })
    if (scaled(false, true) && rows.length > 0)
      console.log(matrixOf(rows.map((row) => JSON.parse(row) as MatrixRow)))
  }
}

const COLUMNS = [
  'Honeycomb traces',
  'Honeycomb logs',
  'Honeycomb metrics',
  'Rollbar',
  'X-Ray sdk',
  'X-Ray otlp',
  'X-Ray rules',
] as const

/** A column of the matrix. Under the rules it has the spans of the requests that were sampled, all of which Honeycomb gets. */
export type Column = (typeof COLUMNS)[number]

/** Markdown: a row for each fault, a column for each stream. */
function matrixOf(rows: readonly MatrixRow[]): string {
  const columns = COLUMNS.filter((column) => rows.some((row) => row.column === column))
  const faults = [...HTTP_FAULTS, PARTIAL_SUCCESS, OUTAGE].map(({ name }) => name)
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const table = faults.map((fault) =>
    line([
      fault,
      ...columns.map((column) => {
        const row = rows.findLast((one) => one.fault === fault && one.column === column)
        if (!row) return 'n/a'
        return [row.made, row.stored, row.refused, row.dropped, row.unconfirmed, row.lines].join(' / ')
      }),
    ]),
  )
  const most = (kind: 'seconds' | 'heapGrowth' | 'peakGrowth', unit: number) =>
    Math.max(...rows.map((row) => row[kind] / unit)).toFixed(0)
  const requests = rows.reduce((total, row) => total + row.requests, 0)
  return [
    '',
    'Made / stored / refused / dropped / unconfirmed / lines in the log. Under the rules: spans of the sampled requests.',
    '',
    line(['fault', ...columns]),
    line(['---', ...columns.map(() => '---')]),
    ...table,
    '',
    `${requests} requests in ${rows.length} cells; the longest cell ${most('seconds', 1)} s. Heap after a collection at most +${most('heapGrowth', 1024 ** 2)} MiB, resident memory at its peak at most +${most('peakGrowth', 1024 ** 2)} MiB.`,
  ].join('\n')
}
