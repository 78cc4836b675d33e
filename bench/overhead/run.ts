// Measures what tracing costs, as CPU time per request and as requests per second: without telemetry, with OpenTelemetry
// alone, with the three quick starts, and with this repository's telemetry. All candidates run the whole time and are warmed
// up first. They are measured in turn, and each figure is the median of its turns, so that noise of the machine affects
// all of them.
//
// `--against <folder>` compares this checkout with another one that has its packages installed: pairs of measurements,
// one after the other, in alternating order. Ends with 1 if the CPU time per request is above the other's by more than
// MAX_INCREASE_PERCENT with a certainty of 95 %. `--pairs N`: how many pairs, 10 by default.
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import {
  type Candidate,
  type Figures,
  measure,
  type Running,
  start,
  WORKLOADS,
  type Workload,
} from './candidate.ts'
import { ROOT } from './checkout.ts'
import { differences, FEWEST_VALUES, median, medianInterval } from './statistics.ts'
import { printVersions } from './versions.ts'

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5)
const SECONDS = Number(process.env.BENCH_SECONDS ?? 3)
/** Warm-up per workload: long enough for V8 to optimise the slowest candidate on a slow machine. */
const WARM_UP_SECONDS = Number(process.env.BENCH_WARM_UP_SECONDS ?? 6)
const MAX_INCREASE_PERCENT = 3

const HERE = { args: ['overhead/ours.ts'], checkout: ROOT } as const
const ALONE = 'OpenTelemetry alone'
const CANDIDATES: readonly Candidate[] = [
  { name: 'bare', args: ['overhead/bare.ts'], rate: 1, checkout: ROOT },
  { name: ALONE, args: ['overhead/opentelemetry.cjs'], rate: 1, checkout: ROOT },
  {
    name: 'quick starts',
    args: ['--require', '@opentelemetry/auto-instrumentations-node/register', 'overhead/naive.cjs'],
    rate: 1,
    checkout: ROOT,
  },
  { name: 'here, all sampled', ...HERE, rate: 1 },
  { name: 'here, rule of 10 %', ...HERE, rate: 0.1 },
]

const { against, pairs } = readArguments()
if (against === undefined) await compareCandidates()
else await compareCheckouts(against)

async function compareCandidates(): Promise<void> {
  printVersions()
  const running = await Promise.all(CANDIDATES.map(start))
  for (const workload of WORKLOADS) {
    const medians = new Map<string, Figures>()
    for (const [name, figures] of await measureInTurn(running, workload, ROUNDS, () => running))
      medians.set(name, mediansOf(figures))
    const ratio = (of: keyof Figures, name: string, to: string) =>
      `÷ ${to} ${((medians.get(name)?.[of] ?? 0) / (medians.get(to)?.[of] ?? 0)).toFixed(2)}`
    console.log(`\n${workload.name} (median of ${ROUNDS} × ${SECONDS} s)`)
    for (const [name, { cpuMicros, perSecond }] of medians) {
      const cpu = `${cpuMicros.toFixed(0).padStart(5)} µs CPU/request   ${ratio('cpuMicros', name, ALONE)}`
      const rate = `${perSecond.toFixed(0).padStart(6)} requests/s   ${ratio('perSecond', name, 'quick starts')}`
      console.log(`  ${name.padEnd(20)} ${cpu}   ${rate}   ${ratio('perSecond', name, 'bare')}`)
    }
  }
  for (const { stop } of running) await stop()
  console.log('\nQuestions to the stored telemetry are measured by: npm run bench -- questions')
}

async function compareCheckouts(folder: string): Promise<void> {
  const here = await start({ name: 'here', ...HERE, rate: 1 })
  const there = await start({ name: 'there', ...HERE, rate: 1, checkout: folder })
  let isSlower = false
  for (const workload of WORKLOADS) {
    const figures = await measureInTurn([here, there], workload, pairs, (pair) =>
      pair % 2 === 0 ? [here, there] : [there, here],
    )
    console.log(`\n${workload.name}: ${pairs} pairs of ${SECONDS} s`)
    for (const [key, title] of [
      ['cpuMicros', 'CPU µs/request'],
      ['perSecond', 'requests/s'],
    ] as const) {
      const [ours = [], theirs = []] = ['here', 'there'].map((name) =>
        figures.get(name)?.map((one) => one[key]),
      )
      const differing = differences(ours, theirs)
      const { low, high, confidence } = medianInterval(differing)
      const medians = `here ${median(ours).toFixed(0)}, there ${median(theirs).toFixed(0)}`
      const interval = `95 % interval ${percent(low)} to ${percent(high)} (sign test, ${(confidence * 100).toFixed(1)} %)`
      console.log(
        `  ${title.padEnd(15)} ${medians}; median difference ${percent(median(differing))}; ${interval}`,
      )
      if (key === 'cpuMicros' && low > MAX_INCREASE_PERCENT) isSlower = true
    }
  }
  for (const { stop } of [here, there]) await stop()
  if (!isSlower) return
  console.error(`\n✗ A whole interval of the CPU time per request is above +${MAX_INCREASE_PERCENT} %.`)
  process.exitCode = 1
}

/** Warms every candidate up, measures all of them `rounds` times in the order of each round, and returns the figures. */
async function measureInTurn(
  running: readonly Running[],
  workload: Workload,
  rounds: number,
  orderOf: (round: number) => readonly Running[],
): Promise<Map<string, Figures[]>> {
  for (const candidate of running) await measure(candidate, workload, WARM_UP_SECONDS)
  const figures = new Map<string, Figures[]>(running.map(({ name }) => [name, []]))
  for (let round = 0; round < rounds; round++) {
    for (const candidate of orderOf(round))
      figures.get(candidate.name)?.push(await measure(candidate, workload, SECONDS))
  }
  return figures
}

function mediansOf(figures: readonly Figures[]): Figures {
  return {
    cpuMicros: median(figures.map(({ cpuMicros }) => cpuMicros)),
    perSecond: median(figures.map(({ perSecond }) => perSecond)),
  }
}

function percent(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(1)} %`
}

function readArguments(): { readonly against: string | undefined; readonly pairs: number } {
  const { values } = parseArgs({
    options: { against: { type: 'string' }, pairs: { type: 'string', default: '10' } },
  })
  const against = values.against === undefined ? undefined : resolve(values.against)
  const pairs = Number(values.pairs)
  if (!Number.isInteger(pairs) || pairs < FEWEST_VALUES)
    fail(`--pairs is ${values.pairs}: an interval with 95 % needs at least ${FEWEST_VALUES} pairs.`)
  if (against !== undefined && !existsSync(resolve(against, 'backend', 'telemetry', 'index.ts')))
    fail(`--against: ${against} is no checkout of this repository.`)
  if (against !== undefined && !existsSync(resolve(against, 'node_modules', 'express')))
    fail(`--against: ${against} has no packages installed. Run npm ci there first.`)
  return { against, pairs }
}

function fail(message: string): never {
  console.error(`✗ ${message}`)
  process.exit(1)
}
