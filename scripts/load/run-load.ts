import { setTimeout as delay } from 'node:timers/promises'
import type { Person } from './people.ts'
import { type LoadResult, Tally } from './result.ts'
import { type LoadAnswer, send, signInOf } from './send.ts'
import { createTraffic, type LoadRequest } from './traffic.ts'

/** Unanswered requests at one time. Above it the api is overloaded, and more requests would only measure the queue. */
const MAX_WAITING = 2_000
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
  /** With the same seed, the same requests. */
  readonly seed: number
  /** Ends the load early; the requests sent so far are still counted. */
  readonly signal: AbortSignal
  readonly onProgress?: (sent: number, elapsedS: number) => void
}

/** `cookie`: what each request of the person sends. */
interface Session {
  readonly isSignedIn: boolean
  readonly cookie: string | undefined
}

/**
 * Sends each request when it is due, even while earlier ones are unanswered, as users do. The latency counts from that
 * moment, so that a stall shows in every request that it delays (no coordinated omission).
 */
export async function runLoad(options: LoadOptions): Promise<LoadResult> {
  const { signal, durationS } = options
  const next = createTraffic(options.seed, options.errorShare)
  const all = new Tally()
  const routes = new Map<string, Tally>()
  const waiting = new Set<Promise<unknown>>()
  const sessions = new Map<string, Promise<Session>>()
  const startedMs = performance.now()
  const elapsedS = () => (performance.now() - startedMs) / 1000

  async function sendAndCount(request: LoadRequest, dueMs: number, cookie?: string): Promise<LoadAnswer> {
    const { name } = request.route
    const tally = routes.get(name) ?? new Tally()
    routes.set(name, tally)
    const answer = await send(options.api, request, cookie)
    const latencyMs = performance.now() - dueMs
    for (const one of [all, tally]) one.add(answer.status, answer.isSampled, latencyMs)
    return answer
  }

  /** The session of a person, who signs in before the first request, and again after a sign-in that failed. */
  function sessionOf(person: Person, dueMs: number): Promise<Session> {
    const { handle } = person.user
    const known = sessions.get(handle)
    if (known) return known
    const signingIn = sendAndCount(signInOf(person), dueMs).then(({ status, cookie }) => {
      const isSignedIn = status >= 200 && status < 300
      if (!isSignedIn) sessions.delete(handle)
      return { isSignedIn, cookie }
    })
    sessions.set(handle, signingIn)
    return signingIn
  }

  async function sendInSession(request: LoadRequest, dueMs: number): Promise<void> {
    const { isSignedIn, cookie } = await sessionOf(request.person, dueMs)
    // The api takes a request without a session for that of another user.
    if (isSignedIn) await sendAndCount(request, dueMs, cookie)
    else withoutSession++
  }

  let begun = 0
  let unsent = 0
  let withoutSession = 0
  let reportedS = 0
  while (!signal.aborted && begun + unsent < dueAfter(options, durationS)) {
    const now = elapsedS()
    for (const due = dueAfter(options, now); begun + unsent < due; ) {
      if (waiting.size >= MAX_WAITING) {
        unsent++
        continue
      }
      const dueMs = startedMs + dueAt(options, begun + unsent) * 1000
      const answered = sendInSession(next(), dueMs).finally(() => waiting.delete(answered))
      waiting.add(answered)
      begun++
    }
    if (now - reportedS >= 1) {
      reportedS = now
      options.onProgress?.(begun - withoutSession, now)
    }
    await delay(TICK_MS)
  }
  await Promise.all(waiting)
  return { seed: options.seed, all, routes, unsent, withoutSession, elapsedS: elapsedS() }
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
