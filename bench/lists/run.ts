// Measures the list of requests over HTTP at the store's bound: orders, menus, the chart, words, memory, and what reading them
// costs the receivers.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { FAR, isMissedByFar, printTable } from '../questions/table.ts'
import { measureLists } from './measure.ts'

const HELP = `Measures the list of requests over all stored traces.

Usage: npm run bench -- lists [--traces 200000]

  --traces    How many traces are stored, each with a span, half of them with a segment
  --help      Shows this help

Ends with 1 if a target is missed by more than ${(FAR - 1) * 100} %.
`

const { values } = parseArgs({
  options: { traces: { type: 'string', default: '200000' }, help: { type: 'boolean', short: 'h' } },
})
const traces = Number(values.traces)
if (values.help) process.stdout.write(HELP)
else if (!Number.isInteger(traces) || traces < 1_000) {
  console.error(`✗ --traces is ${values.traces}: a whole number from 1000 on is expected.`)
  process.exitCode = 1
} else {
  const folder = mkdtempSync(join(tmpdir(), 'bench-lists-'))
  try {
    const figures = await measureLists(folder, traces)
    printTable(figures)
    for (const figure of figures.filter(isMissedByFar)) {
      console.error(`✗ ${figure.name} misses its target by far.`)
      process.exitCode = 1
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
