// Measures questions to the stored telemetry over HTTP, at the store's bound of 200,000 spans and at 1,000,000: the first
// question after a start, warm ones, a keystroke, /health meanwhile, memory, and the CPU time of receiving a span with and
// without questions. `--against <folder>` adds another checkout that has its packages to the last: rounds in turn.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { compareIngest } from './ingest.ts'
import { measureQuestions } from './measure.ts'
import { FAR, type Figure, isMissedByFar, printTable } from './table.ts'

const HELP = `Measures questions to the stored telemetry.

Usage: npm run bench -- questions [--spans 200000,1000000] [--rounds 10] [--against <folder>]

  --spans     How many spans are stored, with commas; none to leave this out
  --rounds    Rounds of the comparison of receivers, 0 for none
  --against   Another checkout with its packages: its CPU time a span is compared
  --help      Shows this help

Ends with 1 if a target is missed by more than ${(FAR - 1) * 100} %.
`

const { spans, rounds, against } = readArguments()
const folder = mkdtempSync(join(tmpdir(), 'bench-questions-'))
const figures: Figure[] = []
try {
  for (const count of spans) figures.push(...(await measureQuestions(join(folder, String(count)), count)))
  if (rounds > 0) figures.push(...(await compareIngest(folder, rounds, against)))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
printTable(figures)
for (const figure of figures.filter(isMissedByFar)) {
  console.error(`✗ ${figure.name} misses its target by far.`)
  process.exitCode = 1
}

function readArguments() {
  const { values } = parseArgs({
    options: {
      spans: { type: 'string', default: '200000,1000000' },
      rounds: { type: 'string', default: '10' },
      against: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    process.stdout.write(HELP)
    process.exit(0)
  }
  const counts = values.spans === 'none' ? [] : values.spans.split(',').map(Number)
  if (!counts.every((count) => Number.isInteger(count) && count >= 1_000))
    fail(`--spans is ${values.spans}: whole numbers from 1000 on are expected.`)
  const checkout = values.against === undefined ? undefined : resolve(values.against)
  if (checkout !== undefined && !existsSync(join(checkout, 'node_modules', 'protobufjs')))
    fail(
      `--against: ${checkout} is no checkout of this repository with its packages. Run npm ci there first.`,
    )
  const rounds = Number(values.rounds)
  if (!Number.isInteger(rounds) || rounds < 0 || values.rounds.trim() === '')
    fail(`--rounds is ${values.rounds}: a whole number from 0 on is expected.`)
  return { spans: counts, rounds, against: checkout }
}

function fail(message: string): never {
  console.error(`✗ ${message}`)
  process.exit(1)
}
