import { type SpanEvidence, serverSpan, type TraceEvidence } from '../contracts/evidence.ts'
import { notYet, type Verdict } from './chapter.ts'
import type { CheckContext, LoggedRequest } from './context.ts'

/** How long a trace may take from the end of its request to the providers (ms). */
const ARRIVAL_MS = 5_000
/** A trace id that the api makes begins with the time of the request. How old a request of this workshop may be (ms). */
const OLDEST_MS = 7 * 24 * 3_600_000
/** How far clocks may differ (ms). */
const SKEW_MS = 5 * 60_000

/** A trace that a learner has named, with what is known of it. */
export interface NamedTrace {
  readonly traceId: string
  /** Where the learner has named a span too: `<trace id>/<span id>`. */
  readonly spanId: string | undefined
  readonly trace: TraceEvidence
  /** The api's span of the request. */
  readonly server: SpanEvidence | undefined
  /** The request in the api's log, which has those that were not kept too. */
  readonly logged: LoggedRequest | undefined
  /** It is a request of `npm run verify` or `npm run setup`. */
  readonly isOfVerify: boolean
  /** No provider of this workspace lets traces be read back. */
  readonly isUnreadable: boolean
  readonly since: number
}

/** Reads what is known of a trace that a learner has named: a trace id, or `<trace id>/<span id>`. */
export async function gatherNamed(context: CheckContext, answer: string): Promise<NamedTrace> {
  const [traceId = '', spanId] = answer.split('/')
  const [trace, requests] = await Promise.all([context.trace(traceId), context.requests('GET', /^/)])
  const { honeycomb, xray } = context.modes
  return {
    ...{ traceId, spanId, trace, since: context.since },
    server: serverSpan(trace, context.service),
    logged: requests.find((request) => request.traceId === traceId),
    // The root of verify's requests is a span of the service <api>-verify.
    isOfVerify: trace.spans.some(({ service }) => service === `${context.service}-verify`),
    isUnreadable: honeycomb !== 'local' && xray === 'off' && trace.spans.length === 0,
  }
}

/** Where a person sees a trace: the sandbox's page, if a provider there has it. */
export function placeOf({ modes, page }: CheckContext, traceId: string): string {
  const isLocal = modes.honeycomb === 'local' || modes.xray === 'local'
  return isLocal ? `${page}/trace/${traceId}` : `the trace ${traceId} at your provider`
}

/** Why the named trace is no request that can be looked at; undefined where it is one. `send`: the command that sends one. */
export function findMistake(named: NamedTrace, send: string, nowMs = Date.now()): Verdict | undefined {
  const { traceId, server, logged, isUnreadable } = named
  if (server && server.startMs < named.since) {
    return notYet(`The request ${traceId} came before the last reset, and no longer counts.`, send)
  }
  if (server || isUnreadable) return undefined
  if (logged && !logged.isKept) {
    return notYet(
      `Your request came and was not kept: the flags at the end of its traceresponse are 00. No provider has a trace of it, only the api’s log has a line.`,
      `${send}, again until the flags are 01`,
    )
  }
  if (logged && nowMs - logged.atMs < ARRIVAL_MS) {
    return notYet(
      'Your request came and was kept, and its trace is on its way.',
      'Run the check again in two seconds',
    )
  }
  if (logged) {
    return notYet(
      'Your request came and was kept, and its trace has not arrived.',
      'npm run status says what has become of it, npm run doctor why',
    )
  }
  return unknownTrace(named, send, nowMs)
}

/** No request of the api has had this id. */
function unknownTrace({ traceId, trace }: NamedTrace, send: string, nowMs: number): Verdict {
  const services = [...new Set(trace.spans.map(({ service }) => service))]
  if (services.length > 0) {
    return notYet(
      `That trace has no request to your api. It has spans of ${services.slice(0, 5).join(', ')}.`,
      send,
    )
  }
  const ageMs = nowMs - timeOf(traceId)
  if (ageMs > OLDEST_MS || ageMs < -SKEW_MS) {
    return notYet(
      `No request to your api had the id ${traceId}. An id of the api begins with the time of its request, and this one with ${timeText(traceId)}: digits are missing or exchanged, or it is no trace id.`,
      `Copy it with the mouse, or: ${send}`,
    )
  }
  if (ageMs < ARRIVAL_MS) {
    return notYet(
      `The request ${traceId} is on its way, or was not kept.`,
      'Run the check again in two seconds',
    )
  }
  return notYet(
    `No request to your api had the id ${traceId}, or it was not kept. A digit may be wrong, or the id is of another machine.`,
    `Copy it with the mouse, or: ${send}`,
  )
}

/** The time in an id of X-Ray's form, its first eight digits. Epoch ms. */
export function timeOf(traceId: string): number {
  return Number.parseInt(traceId.slice(0, 8), 16) * 1_000
}

/** `2026-11-26 13:41 UTC` */
export function timeText(traceId: string): string {
  return `${new Date(timeOf(traceId)).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
