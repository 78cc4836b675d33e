import { createHistogram } from 'node:perf_hooks'
import { jsonText } from '../command-line/data-text.ts'
import { alignColumns, type Terminal } from '../command-line/terminal.ts'
import { FAILING, SIGN_IN } from './routes.ts'

/** The answers to one kind of request, or to all. */
export class Tally {
  requests = 0
  /** How many traces the sampling rules kept. */
  sampled = 0
  /** Number of answers by status; 0 stands for no answer. */
  readonly statuses = new Map<number, number>()
  /** Microseconds from the moment a request was due to the last byte of its answer. */
  readonly #latency = createHistogram()

  add(status: number, isSampled: boolean, latencyMs: number): void {
    this.requests++
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1)
    if (isSampled) this.sampled++
    this.#latency.record(Math.max(1, Math.round(latencyMs * 1000)))
  }

  /** ms */
  percentile(percent: number): number {
    return this.requests === 0 ? 0 : this.#latency.percentile(percent) / 1000
  }
}

export interface LoadResult {
  /** With which the same requests can be sent again. */
  readonly seed: number
  readonly all: Tally
  /** By the route's name. */
  readonly routes: ReadonlyMap<string, Tally>
  /** Requests that were due but not sent, because too many were unanswered. */
  readonly unsent: number
  /** Requests that were not sent, because their user's sign-in failed. */
  readonly withoutSession: number
  /** s */
  readonly elapsedS: number
}

/** Requests without an answer, and errors that are not on purpose. */
export function countUnexpected({ routes }: LoadResult): number {
  const counts = [...routes].flatMap(([name, { statuses }]) =>
    [...statuses].map(([status, times]) => {
      const isOnPurpose = name === FAILING.name && status === 500
      return (status === 0 || status >= 400) && !isOnPurpose ? times : 0
    }),
  )
  return counts.reduce((sum, count) => sum + count, 0)
}

/** The columns of latencies, as percentiles. */
const PERCENTILES = { p50: 50, p90: 90, p99: 99, max: 100 }
const HEAD = ['request', 'sent', 'statuses', ...Object.keys(PERCENTILES), 'sampled']
/** The columns that are aligned to the right: all numbers. */
const NUMERIC = [1, 3, 4, 5, 6, 7]

export function showLoad(result: LoadResult, terminal: Terminal): void {
  const { seed, routes, all, unsent, withoutSession, elapsedS } = result
  const sorted = [...routes].toSorted(([, a], [, b]) => b.requests - a.requests)
  const rows = [...sorted, ['all', all] as const].map(([name, tally]) => rowOf(name, tally))
  terminal.line()
  for (const [index, line] of alignColumns([HEAD, ...rows], NUMERIC).entries()) {
    terminal.line(index === 0 ? terminal.bold(line) : line)
  }
  terminal.line()
  const perSecond = (all.requests / elapsedS).toFixed(1)
  const signIns = routes.get(SIGN_IN.name)?.requests ?? 0
  terminal.line(
    `${all.requests} requests, ${signIns} of them sign-ins, in ${elapsedS.toFixed(1)} s (${perSecond}/s); latencies in ms.`,
  )
  terminal.line(`The same requests again: npm run load -- --seed ${seed}, with the options that you gave.`)
  if (unsent > 0) terminal.warn(`${unsent} more were due and not sent: too many were waiting for an answer.`)
  if (withoutSession > 0) terminal.warn(`${withoutSession} were not sent: their users could not sign in.`)
}

function rowOf(name: string, tally: Tally): string[] {
  const statuses = [...tally.statuses]
    .toSorted(([a], [b]) => a - b)
    .map(([status, times]) => `${status === 0 ? 'none' : status} × ${times}`)
  const share = tally.requests === 0 ? 0 : (100 * tally.sampled) / tally.requests
  return [
    name,
    String(tally.requests),
    statuses.join(', '),
    ...Object.values(PERCENTILES).map((percent) => tally.percentile(percent).toFixed(1)),
    `${tally.sampled} (${share.toFixed(0)} %)`,
  ]
}

export function loadJson({ seed, routes, all, unsent, withoutSession, elapsedS }: LoadResult): string {
  const json = (tally: Tally) => ({
    requests: tally.requests,
    statuses: Object.fromEntries(tally.statuses),
    sampled: tally.sampled,
    latencyMs: mapValues(PERCENTILES, (percent) => tally.percentile(percent)),
  })
  const result = {
    seed,
    elapsedS,
    unsent,
    withoutSession,
    all: json(all),
    routes: mapValues(Object.fromEntries(routes), json),
  }
  return `${jsonText(result, 2)}\n`
}

function mapValues<From, To>(record: Readonly<Record<string, From>>, map: (value: From) => To) {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, map(value)]))
}
