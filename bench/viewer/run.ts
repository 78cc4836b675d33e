// Measures the trace page with large traces in this machine's Chromium: the time until it opens, and how fast its rows
// scroll. `--against <folder>` measures another checkout that has its packages in turn.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { chromiumPath, closeBrowser } from '../../tests/harness/browser.ts'
import { FAR, isMissedByFar, printTable } from '../questions/table.ts'
import { measureTraces } from './measure.ts'
import { largeTraces } from './traces.ts'

const HELP = `Measures the viewer's trace page in Chromium.

Usage: npm run bench -- viewer [--spans 10000] [--runs 7] [--against <folder>]

  --spans     How many spans a large trace has
  --runs      How often each trace is opened; the table has the medians
  --against   Another checkout with its packages, measured in turn
  --help      Shows this help

Ends with 1 if a target is missed by more than ${(FAR - 1) * 100} %. Without Chromium nothing is measured.
`

const { values } = parseArgs({
  options: {
    spans: { type: 'string', default: '10000' },
    runs: { type: 'string', default: '7' },
    against: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
})
if (values.help) {
  process.stdout.write(HELP)
  process.exit(0)
}
const spans = wholeNumber('--spans', values.spans, 1_000)
const runs = wholeNumber('--runs', values.runs, 1)
const against = values.against === undefined ? undefined : resolve(values.against)
if (against !== undefined && !existsSync(join(against, 'node_modules', 'protobufjs')))
  fail(`--against: ${against} is no checkout of this repository with its packages. Run npm ci there first.`)
// findChromium has said how to get it.
if (!chromiumPath) process.exit(0)

const folder = mkdtempSync(join(tmpdir(), 'bench-viewer-'))
try {
  const figures = await measureTraces(folder, largeTraces(spans, Date.now() - 60_000), runs, against)
  printTable(figures)
  for (const { name } of figures.filter(isMissedByFar)) {
    console.error(`✗ ${name} misses its target by far.`)
    process.exitCode = 1
  }
} finally {
  await closeBrowser()
  rmSync(folder, { recursive: true, force: true })
}

function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isInteger(value) || value < least)
    fail(`${option} is ${text}: a whole number from ${least} on is expected.`)
  return value
}

function fail(message: string): never {
  console.error(`✗ ${message}`)
  process.exit(1)
}
