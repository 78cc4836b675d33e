import { setTimeout as delay } from 'node:timers/promises'
import { type LoadResult, Tally } from './result.ts'
import { createMix, type LoadRoute } from './routes.ts'

/** Unanswered requests at one time. Above it the api is overloaded, and more requests would only measure the queue. */
const MAX_WAITING = 2_000
const TIMEOUT_MS = 10_000
const TICK_MS = 5

export interface Pace {
  /** Requests per second; of a ramp, at its end. */
  readonly rate: number
  /** s */
  readonly durationS: number
  /** Rises evenly from 0 to `rate`. */
  readonly isRamp: boolean
}

export interface LoadOptions extends Pace {
  /** Base address of the api. */
  readonly api: string
  /** 0 to 1. */
  readonly errorShare: number
  /** Ends the load early; the requests sent so far are still counted. */
  readonly signal: AbortSignal
  readonly onProgress?: (sent: number, elapsedS: number) => void
}

/**
 * Sends each request when it is due, even while earlier ones are unanswered, as users do. The latency counts from that
 * moment, so that a stall shows in every request that it delays (no coordinated omission).
 */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { signal, durationS } = options
  const next = createMix(options.errorShare)
  const all = new Tally()
  const routes = new Map<string, Tally>()
  const waiting = new Set<Promise<void>>()
  const startedMs = performance.now()
  const elapsedS = () => (performance.now() - startedMs) / 1000
  let sent = 0
  let unsent = 0
  let reportedS = 0
  while (!signal.aborted && sent + unsent < dueAfter(options, durationS)) {
    const now = elapsedS()
    for (const due = dueAfter(options, now); sent + unsent < due; ) {
      if (waiting.size >= MAX_WAITING) {
        unsent++
        continue
      }
      const dueMs = startedMs + dueAt(options, sent + unsent) * 1000
      const route = next()
      const tally = routes.get(route.name) ?? new Tally()
      routes.set(route.name, tally)
      const request = send(options.api, route, dueMs, [all, tally]).finally(() => waiting.delete(request))
      waiting.add(request)
      sent++
    }
    if (now - reportedS >= 1) {
      reportedS = now
      options.onProgress?.(sent, now)
    }
    await delay(TICK_MS)
  }
  await Promise.all(waiting)
  return { all, routes, unsent, elapsedS: elapsedS() }
}

/** How many requests are due after `elapsedS` seconds. */
export function dueAfter({ rate, durationS, isRamp }: Pace, elapsedS: number): number {
  const time = Math.min(Math.max(elapsedS, 0), durationS)
  return Math.floor(isRamp ? (rate * time * time) / (2 * durationS) : rate * time)
}

/** When request number `index` (from 0) is due, in seconds: the inverse of `dueAfter`. */
export function dueAt({ rate, durationS, isRamp }: Pace, index: number): number {
  return isRamp ? Math.sqrt((2 * durationS * (index + 1)) / rate) : (index + 1) / rate
}

async function send(api: string, route: LoadRoute, dueMs: number, tallies: readonly Tally[]): Promise<void> {
  let status = 0
  let isSampled = false
  try {
    const response = await fetch(`${api}${route.path()}`, {
      method: route.method,
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...(route.body && {
        body: JSON.stringify(route.body()),
        headers: { 'content-type': 'application/json' },
      }),
    })
    await response.arrayBuffer()
    status = response.status
    isSampled = /Sampled=1/.test(response.headers.get('x-amzn-trace-id') ?? '')
  } catch {
    // No answer, or an incomplete one: status 0.
  }
  const latencyMs = performance.now() - dueMs
  for (const tally of tallies) tally.add(status, isSampled, latencyMs)
}
