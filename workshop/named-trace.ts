import { type Provider, type SpanEvidence, serverSpan, type TraceEvidence } from '../contracts/evidence.ts'
import { met, missingAnswer, notChecked, notYet, type Verdict } from './chapter.ts'
import type { CheckContext, LoggedRequest } from './context.ts'
import { CHECK_AGAIN, CHECK_AGAIN_OR_DOCTOR, judgeWhereabouts, whereabouts } from './whereabouts.ts'
import { PROVIDER_NAMES } from './wording.ts'

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

/** A named request that a provider has returned. */
export interface ReadRequest extends NamedTrace {
  readonly server: SpanEvidence
}

/** What a learner has chosen to look at. */
export interface Choice {
  readonly context: CheckContext
  /** Whether there is any request to choose. */
  readonly hasTraces: boolean
  readonly named: NamedTrace | undefined
}

export async function gatherChoice(context: CheckContext, answer: string | undefined): Promise<Choice> {
  const hasTraces = (await context.recentTraces()).length > 0
  return { context, hasTraces, named: await gatherNamed(context, answer) }
}

/** Reads what is known of a trace that a learner has named, a trace id or `<trace id>/<span id>`; undefined without one. */
export async function gatherNamed(
  context: CheckContext,
  answer: string | undefined,
): Promise<NamedTrace | undefined> {
  if (!answer) return undefined
  const [traceId = '', spanId] = answer.split('/')
  const [trace, gets, posts] = await Promise.all([
    context.trace(traceId),
    context.requests('GET', /^/),
    context.requests('POST', /^/),
  ])
  const { honeycomb, xray } = context.modes
  return {
    ...{ traceId, spanId, trace, since: context.since },
    server: serverSpan(trace, context.service),
    logged: [...gets, ...posts].find((request) => request.traceId === traceId),
    // The root of verify's requests is a span of the service <api>-verify.
    isOfVerify: trace.spans.some(({ service }) => service === `${context.service}-verify`),
    isUnreadable: honeycomb !== 'local' && xray === 'off' && trace.spans.length === 0,
  }
}

/** A condition on the named request: never met without one, not checked where no provider lets it be read back. */
export function ofNamed<Gathered extends { readonly named: NamedTrace | undefined }>(
  judge: (request: ReadRequest, gathered: Gathered) => Verdict,
): (gathered: Gathered) => Verdict {
  return (gathered) => {
    const { named } = gathered
    if (!named) return missingAnswer('which request have you looked at?', 'Give its trace id to the check')
    const { server } = named
    if (server) return judge({ ...named, server }, gathered)
    return findMistake(named, 'send another request') ?? UNREADABLE
  }
}

const UNREADABLE = notChecked('your providers do not let traces be read back')

/** Whether each of these providers has its part of a trace, or is off; `detail` ends what was seen. */
export function judgeProviders(
  { state }: TraceEvidence,
  providers: readonly Provider[],
  detail = '',
): Verdict {
  const missing = providers.filter((name) => state[name] === 'missing').map((name) => PROVIDER_NAMES[name])
  if (missing.length > 0) {
    const verb = missing.length === 1 ? 'does' : 'do'
    return notYet(`${missing.join(' and ')} ${verb} not have it yet.`, CHECK_AGAIN_OR_DOCTOR)
  }
  return met(providers.map((name) => `${PROVIDER_NAMES[name]}: ${state[name]}`).join('; ') + detail)
}

/** Where a person sees a trace: the sandbox's page, if a provider there has it. */
export function placeOf({ modes, page }: CheckContext, traceId: string): string {
  const isLocal = modes.honeycomb === 'local' || modes.xray === 'local'
  return isLocal ? `${page}/trace/${traceId}` : `the trace ${traceId} at your provider`
}

/**
 * Why the named trace is no request that can be looked at; undefined where it is one. Where no provider lets it be read
 * back, the api's log has to say that it was kept. `send`: the command that sends one.
 */
export function findMistake(named: NamedTrace, send: string, nowMs = Date.now()): Verdict | undefined {
  const { traceId, server, logged, isUnreadable, since } = named
  if (server && server.startMs < since) return beforeReset(traceId, send)
  if (server) return undefined
  if (!logged) return unknownTrace(named, send, nowMs)
  const where = whereabouts(logged, nowMs)
  return isUnreadable && where !== 'not kept' ? undefined : judgeWhereabouts('Your request', where, send)
}

function beforeReset(traceId: string, send: string): Verdict {
  return notYet(`The trace ${traceId} is from before the last reset, and no longer counts.`, send)
}

/** No request of the api has had this id. */
function unknownTrace({ traceId, trace, since }: NamedTrace, send: string, nowMs: number): Verdict {
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
  if (timeOf(traceId) < since) return beforeReset(traceId, send)
  // Requests are logged when they are answered.
  if (whereabouts({ isKept: true, atMs: timeOf(traceId) }, nowMs) === 'on its way') {
    return notYet(`The request ${traceId} is on its way, or was not kept.`, CHECK_AGAIN)
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
