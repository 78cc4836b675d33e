import { alignColumns, type Terminal } from '../command-line/terminal.ts'
import type { LoadResult } from './run-load.ts'
import type { RouteTally } from './tally.ts'

const HEAD = ['request', 'sent', 'statuses', 'p50', 'p90', 'p99', 'max', 'sampled']
const NUMBERS = [1, 3, 4, 5, 6, 7]

export function showLoad({ tally, unsent, elapsedS }: LoadResult, terminal: Terminal): void {
  const rows = [...tally.routes, tally.all].map(rowOf)
  terminal.line()
  for (const [index, line] of alignColumns([HEAD, ...rows], NUMBERS).entries()) {
    terminal.line(index === 0 ? terminal.bold(line) : line)
  }
  terminal.line()
  const perSecond = (tally.all.requests / elapsedS).toFixed(1)
  terminal.line(
    `${tally.all.requests} requests in ${elapsedS.toFixed(1)} s (${perSecond}/s); latencies in ms.`,
  )
  if (unsent > 0) terminal.warn(`${unsent} more were due and not sent: too many were waiting for an answer.`)
}

/** Status 0 stands for no answer. */
function rowOf(route: RouteTally): string[] {
  const statuses = [...route.statuses]
    .toSorted(([a], [b]) => a - b)
    .map(([status, times]) => `${status === 0 ? 'none' : status} × ${times}`)
  const share = route.requests === 0 ? 0 : (100 * route.sampled) / route.requests
  return [
    route.name,
    String(route.requests),
    statuses.join(', '),
    ...percentiles(route).map((ms) => ms.toFixed(1)),
    `${route.sampled} (${share.toFixed(0)} %)`,
  ]
}

function percentiles({ latency, requests }: RouteTally): number[] {
  if (requests === 0) return [0, 0, 0, 0]
  return [latency.percentile(50), latency.percentile(90), latency.percentile(99), latency.max].map(
    (microseconds) => microseconds / 1000,
  )
}

export function loadJson({ tally, unsent, elapsedS }: LoadResult): string {
  const routeJson = (route: RouteTally) => {
    const [p50, p90, p99, max] = percentiles(route)
    const statuses = Object.fromEntries(route.statuses)
    return { requests: route.requests, statuses, sampled: route.sampled, latencyMs: { p50, p90, p99, max } }
  }
  const routes = Object.fromEntries(tally.routes.map((route) => [route.name, routeJson(route)]))
  return `${JSON.stringify({ elapsedS, unsent, all: routeJson(tally.all), routes }, null, 2)}\n`
}
