// Measures what tracing costs: requests per second of a route without telemetry, with the three quick starts, and with this
// repository's telemetry. All candidates run the whole time and are warmed up first. They are measured in turn, and each
// figure is the median of its turns, so that noise of the machine affects all of them.
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import { resolve } from 'node:path'
import autocannon from 'autocannon'
import { startSink } from './sink.ts'

const ROOT = resolve(import.meta.dirname, '..', '..')
const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5)
const SECONDS = Number(process.env.BENCH_SECONDS ?? 4)
/** Warm-up per route: long enough for V8 to optimise the slowest candidate on a slow machine. */
const WARM_UP_SECONDS = Number(process.env.BENCH_WARM_UP_SECONDS ?? 8)
const CONNECTIONS = 50

interface Candidate {
  readonly name: string
  readonly args: readonly string[]
  /** The sampling rate of X-Ray's rule, 0 to 1. */
  readonly rate: number
}

const NAIVE = ['--require', '@opentelemetry/auto-instrumentations-node/register', 'overhead/naive.cjs']
const OURS = ['overhead/ours.ts']
const CANDIDATES: readonly Candidate[] = [
  { name: 'bare', args: ['overhead/bare.ts'], rate: 1 },
  { name: 'quick starts', args: NAIVE, rate: 1 },
  { name: 'here, all sampled', args: OURS, rate: 1 },
  { name: 'here, rule of 10 %', args: OURS, rate: 0.1 },
]

const ROUTES = ['/hello', '/api/activities/home']

printVersions()
const running = await Promise.all(CANDIDATES.map(start))
for (const route of ROUTES) await compare(route)
for (const { stop } of running) await stop()

async function compare(route: string): Promise<void> {
  const figures = new Map(running.map(({ name }) => [name, [] as number[]]))
  for (const { url } of running) await load(url + route, WARM_UP_SECONDS)
  for (let round = 0; round < ROUNDS; round++) {
    for (const { name, url } of running) figures.get(name)?.push(await load(url + route, SECONDS))
  }
  const medians = new Map([...figures].map(([name, all]) => [name, median(all)]))
  const naive = medians.get('quick starts') ?? Number.NaN
  const bare = medians.get('bare') ?? Number.NaN
  console.log(`\nGET ${route}, requests/s (median of ${ROUNDS} × ${SECONDS} s, ${CONNECTIONS} connections)`)
  for (const [name, value] of medians) {
    const ratios = `÷ quick starts ${(value / naive).toFixed(2)}   ÷ bare ${(value / bare).toFixed(2)}`
    console.log(`  ${name.padEnd(20)} ${String(Math.round(value)).padStart(7)}   ${ratios}`)
  }
}

/** A running candidate with its own provider sink. */
async function start({ name, args, rate }: Candidate) {
  const sink = await startSink(rate)
  const child = spawn(process.execPath, args, {
    cwd: resolve(ROOT, 'bench'),
    env: {
      PATH: process.env.PATH,
      BENCH_SINK: sink.url,
      BENCH_DAEMON: sink.daemon,
      OTEL_SERVICE_NAME: 'bench',
      OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
      AWS_REGION: 'us-east-1',
      // The X-Ray SDK of the quick start reads this variable; our telemetry gets the address in its options.
      ...(args === NAIVE && { AWS_XRAY_DAEMON_ADDRESS: sink.daemon, AWS_XRAY_LOG_LEVEL: 'silent' }),
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const exited = new Promise((done) => child.once('exit', done))
  const port = await new Promise<string>((listening, fail) => {
    child.once('exit', (code) => fail(new Error(`${args.join(' ')} ended with ${code}`)))
    child.stdout.on('data', (chunk) => {
      const [, found] = /listening (\d+)/.exec(String(chunk)) ?? []
      if (found) listening(found)
    })
  })
  return {
    name,
    url: `http://127.0.0.1:${port}`,
    stop: async () => {
      child.kill('SIGKILL')
      await exited
      await sink.close()
    },
  }
}

/** Requests per second of a route under load. */
async function load(url: string, seconds: number): Promise<number> {
  const { requests, errors, non2xx } = await autocannon({ url, connections: CONNECTIONS, duration: seconds })
  if (errors + non2xx > 0) throw new Error(`${url}: ${errors} errors, ${non2xx} answers that are not 2xx`)
  return requests.average
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
}

function printVersions(): void {
  const bench = resolve(ROOT, 'bench')
  const ours = ['@opentelemetry/sdk-node', 'aws-xray-sdk', 'rollbar']
  const naive = ['@opentelemetry/auto-instrumentations-node', ...ours]
  console.log(`Node ${process.versions.node}, ${versionOf('express', bench)}`)
  console.log(`quick starts: ${naive.map((name) => versionOf(name, bench)).join(', ')}`)
  console.log(`here: ${ours.map((name) => versionOf(name, ROOT)).join(', ')}`)
}

/** The version of a package, resolved as from a module in that folder. */
function versionOf(name: string, folder: string): string {
  const found = findPackageJSON(name, `${folder}/package.json`)
  return `${name} ${found ? JSON.parse(readFileSync(found, 'utf8')).version : '(missing)'}`
}
