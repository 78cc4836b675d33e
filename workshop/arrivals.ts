import { attribute, type SpanEvidence, serverSpan, type TraceEvidence } from '../contracts/evidence.ts'
import { met, notYet, type Verdict } from './chapter.ts'
import type { CheckContext, LoggedRequest } from './context.ts'
import { judgeWhereabouts, untilKept, whereabouts } from './whereabouts.ts'
import { countOf } from './wording.ts'

/** How many traces a check reads. */
const READ = 25

/** The kind of request that a step has asked for. */
export interface RequestKind {
  readonly method: string
  /** Without the query string. */
  readonly path: RegExp
  /** The same as a filter expression of X-Ray: `http.url CONTAINS "/api/activities/search"`. */
  readonly filter: string
  /** `search` and `searches`, for sentences. */
  readonly noun: string
  readonly plural: string
  /** The command that sends one. */
  readonly send: string
}

/** The requests of one kind that have come, and the traces of those that were kept and have arrived. */
export interface Arrivals {
  readonly kind: RequestKind
  /** Newest first. */
  readonly requests: readonly LoggedRequest[]
  /** Traces with the api's span of such a request, newest first. */
  readonly traces: readonly TraceEvidence[]
}

/** Reads what has become of the requests of one kind. */
export async function gatherArrivals(context: CheckContext, kind: RequestKind): Promise<Arrivals> {
  const requests = await context.requests(kind.method, kind.path)
  const kept = requests.flatMap(({ traceId, isKept }) => (isKept ? traceId : []))
  // The log knows a request before X-Ray has indexed its trace.
  const ids = new Set([...kept.slice(0, READ), ...(await context.recentTraces(kind.filter))])
  const traces = await Promise.all([...ids].map((traceId) => context.trace(traceId)))
  return {
    ...{ kind, requests },
    traces: traces.filter((trace) => isOfKind(serverSpan(trace, context.service), kind)),
  }
}

/** With X-Ray off, recent traces are of all kinds. X-Ray's own documents lack the method as an attribute. */
function isOfKind(server: SpanEvidence | undefined, { method, path }: RequestKind): boolean {
  if (!server) return false
  const sent = attribute(server, 'http.request.method') ?? method
  const asked = attribute(server, 'url.path')
  return sent === method && (typeof asked !== 'string' || path.test(asked))
}

/** Whether at least one such request was kept and has arrived; else whether it did not come, was not kept, or is on its way. */
export function judgeArrivals({ kind, requests, traces }: Arrivals, nowMs = Date.now()): Verdict {
  const kept = requests.filter(({ isKept }) => isKept)
  const [newest] = kept
  if (traces.length > 0) return met(amountOf(kind, requests.length, Math.max(kept.length, traces.length)))
  if (requests.length === 0) return notYet(`No ${kind.noun} has come yet.`, kind.send)
  if (!newest) return noneKept({ kind, requests, traces })
  return judgeWhereabouts(`The ${kind.noun} ${newest.traceId}`, whereabouts(newest, nowMs), kind.send)
}

/** That requests have come and none of them was kept. */
function noneKept({ kind, requests }: Arrivals): Verdict {
  const seen =
    requests.length === 1
      ? `One ${kind.noun} came, and it was not kept`
      : `${requests.length} ${kind.plural} came, and none was kept`
  return notYet(
    `${seen}: sampling decides, and right after a restart it keeps one request a second and 5 % of the rest.`,
    untilKept(kind.send),
  )
}

/** `3 searches came, 1 was kept` */
function amountOf({ noun, plural }: RequestKind, came: number, kept: number): string {
  // A caller's trace, or one that proved the chapter earlier, may be older than the log.
  if (came < kept) return `${countOf(kept, noun, plural)} kept`
  return `${countOf(came, noun, plural)} came, ${kept} ${kept === 1 ? 'was' : 'were'} kept`
}
