import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'

/** The results of one kind of request. */
export interface RouteTally {
  readonly name: string
  requests: number
  /** Number of answers by status; 0 stands for no answer. */
  readonly statuses: Map<number, number>
  /** How many traces the sampling rules kept. */
  sampled: number
  /** Microseconds from the moment a request was due to the last byte of its answer. */
  readonly latency: RecordableHistogram
}

export interface Outcome {
  readonly route: string
  /** 0 for no answer. */
  readonly status: number
  readonly isSampled: boolean
  readonly latencyMs: number
}

export interface Tally {
  add(outcome: Outcome): void
  readonly routes: readonly RouteTally[]
  readonly all: RouteTally
}

export function createTally(): Tally {
  const routes = new Map<string, RouteTally>()
  const all = empty('all')
  return {
    add({ route, status, isSampled, latencyMs }) {
      const own = routes.get(route) ?? empty(route)
      routes.set(route, own)
      for (const one of [own, all]) {
        one.requests++
        one.statuses.set(status, (one.statuses.get(status) ?? 0) + 1)
        if (isSampled) one.sampled++
        one.latency.record(Math.max(1, Math.round(latencyMs * 1000)))
      }
    },
    get routes() {
      return [...routes.values()].toSorted((a, b) => b.requests - a.requests)
    },
    all,
  }
}

function empty(name: string): RouteTally {
  return { name, requests: 0, statuses: new Map(), sampled: 0, latency: createHistogram() }
}
