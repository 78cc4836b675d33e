import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import autocannon from 'autocannon'
import { ROOT } from './checkout.ts'
import { startSink } from './sink.ts'

const CONNECTIONS = 50
/** Long enough to send what the last requests have left: a batch waits for 500 ms at most. */
const SETTLE_MS = 1_000

export interface Candidate {
  readonly name: string
  readonly args: readonly string[]
  /** The sampling rate of X-Ray's rule, 0 to 1. */
  readonly rate: number
  /** The clone of this repository whose code runs. */
  readonly checkout: string
}

export interface Running {
  readonly name: string
  readonly url: string
  /** The CPU time that the process has used so far, in µs. */
  cpu(): Promise<number>
  stop(): Promise<void>
}

export interface Workload {
  readonly name: string
  /** Requested in turn on each connection. */
  readonly paths: readonly string[]
  /** The share of requests that are answered with 500. */
  readonly failing: number
}

const HOME = '/api/activities/home'
export const WORKLOADS: readonly Workload[] = [
  { name: 'GET /hello', paths: ['/hello'], failing: 0 },
  { name: `GET ${HOME}`, paths: [HOME], failing: 0 },
  {
    name: `GET ${HOME}, and a 500 every fifth time`,
    paths: [HOME, HOME, HOME, HOME, '/fails'],
    failing: 0.2,
  },
]

export interface Figures {
  /** CPU time of the candidate's process, all threads included, per request. */
  readonly cpuMicros: number
  /** Requests per second. */
  readonly perSecond: number
}

/** Starts a candidate with its own providers (sink.ts). */
export async function start({ name, args, rate, checkout }: Candidate): Promise<Running> {
  const sink = await startSink(rate)
  const child = spawn(process.execPath, args, {
    cwd: resolve(ROOT, 'bench'),
    env: {
      PATH: process.env.PATH,
      BENCH_SINK: sink.url,
      BENCH_DAEMON: sink.daemon,
      BENCH_CHECKOUT: checkout,
      OTEL_SERVICE_NAME: 'bench',
      OTEL_EXPORTER_OTLP_ENDPOINT: sink.url,
      AWS_REGION: 'us-east-1',
      // The X-Ray SDK of the quick starts reads these; our telemetry gets the address in its options.
      ...(args.includes('overhead/naive.cjs') && {
        AWS_XRAY_DAEMON_ADDRESS: sink.daemon,
        AWS_XRAY_LOG_LEVEL: 'silent',
      }),
    },
    // The log goes nowhere, and what fails is shown when the process ends. The last channel is for figures.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  let stderr = ''
  child.stderr?.on('data', (chunk) => {
    stderr = `${stderr}${chunk}`.slice(-10_000)
  })
  const exited = once(child, 'exit')
  const { port } = await Promise.race([
    nextMessage<{ port: number }>(child),
    exited.then(([code]) => {
      throw new Error(`${args.join(' ')} ended with ${code}:\n${stderr}`)
    }),
  ])
  return {
    name,
    url: `http://127.0.0.1:${port}`,
    cpu: async () => {
      const answered = nextMessage<{ cpu: number }>(child)
      child.send('cpu')
      return (await answered).cpu
    },
    stop: async () => {
      child.kill('SIGKILL')
      await exited
      await sink.close()
    },
  }
}

/** Loads a candidate with closed-loop requests for so many seconds. */
export async function measure(candidate: Running, workload: Workload, seconds: number): Promise<Figures> {
  const before = await candidate.cpu()
  const { requests, errors, non2xx } = await autocannon({
    url: candidate.url,
    requests: workload.paths.map((path) => ({ path })),
    connections: CONNECTIONS,
    duration: seconds,
  })
  await wait(SETTLE_MS)
  const used = (await candidate.cpu()) - before
  const unexpected = Math.abs(non2xx - requests.total * workload.failing)
  // Each connection may end between two failing requests.
  if (errors > 0 || unexpected > (workload.failing > 0 ? CONNECTIONS : 0))
    throw new Error(
      `${candidate.name}, ${workload.name}: of ${requests.total} requests ${errors} failed, and ${non2xx} answers are not 2xx`,
    )
  return { cpuMicros: used / requests.total, perSecond: requests.average }
}

async function nextMessage<Message>(child: ChildProcess): Promise<Message> {
  const [message] = await once(child, 'message')
  return message
}
