import { attribute, type SpanEvidence } from '../../contracts/evidence.ts'
import { CACHE_HIT, CACHE_SPAN, type FaultKind, POOL_SPAN } from '../../contracts/planted-faults.ts'
import { callOf, countCalls } from './marks.ts'
import type { NamedSpan } from './named-span.ts'

// What tells the kinds of faults apart, in any telemetry. Nothing here says which are planted, or where.

/** Fewer calls of one sort are no N+1 problem, and no retry storm. */
const REPEATED = 3
/** The share of its request’s time from which a span counts as what takes the time. */
const MOST = 0.5
/** A shorter wait for a connection is none (ms). */
const WAIT_MS = 10

interface Look {
  /** Why a span cannot be the reason for a fault of this kind; undefined if it can. */
  readonly objection: (named: NamedSpan) => string | undefined
  /** What to look for in a request that has the fault. */
  readonly inside: string
  /** Where to look for a request that has the fault. */
  readonly where: string
  /** How BubbleUp compares the requests that have the fault with the others. */
  readonly whom?: string
}

export const LOOKS: Readonly<Record<FaultKind, Look>> = {
  'slow-query': {
    objection(named) {
      if (named.span.statement === undefined) return 'that span is no query'
      return isFast(named)
        ? `that query is not the reason: it takes ${share(named)}, and is fast without the fault, too`
        : undefined
    },
    inside: 'look for the query that takes its time',
    where:
      'Ask “Which SQL takes the time?” on the page Ask: MAX and P95 beside COUNT tell a slow query from a frequent one',
  },
  'n-plus-one': {
    objection(named) {
      if (named.span.statement !== undefined)
        return 'that span is a query: this time the calls are between services'
      if (!isHttp(named.span)) return 'that span is no call'
      const { count, distinct } = callsOf(named)
      if (count < REPEATED)
        return `the request makes that call ${times(count)}: an N+1 problem has one for each item of a list`
      return distinct === 1
        ? `that call is made ${times(count)} with the same arguments, so not once for each item`
        : undefined
    },
    inside: 'look for the calls that one call for all could replace',
    where:
      'On Ask, COUNT the spans with span.kind = client by trace.trace_id and name: a request of this kind has many',
  },
  'silent-failure': {
    objection(named) {
      if (!isHttp(named.span)) return 'that span is no call to another service'
      return callFails(named) ? undefined : `that call did not fail: ${answered(named)}`
    },
    inside: 'look for the call that fails in it, although it is answered 200',
    where: 'Ask “What fails?” on the page Ask, and open a trace whose first span has no error',
  },
  'slow-cohort': {
    objection(named) {
      if (named.span === named.request)
        return 'that span is the request itself: which of its parts takes the time?'
      return isFast(named) ? `that span is not the reason: it takes ${share(named)}` : undefined
    },
    inside: 'look for what takes its time',
    where: 'Ask “Which requests are slow?” on the page Ask, and draw around the slow ones on the heatmap',
  },
  'retry-storm': {
    objection(named) {
      if (!isHttp(named.span)) return 'that span is no call'
      if (!callFails(named))
        return `that call did not fail: ${answered(named)}. Only failed calls are repeated`
      const { count, distinct } = callsOf(named)
      if (count < REPEATED) return `that call is made ${times(count)}, and not repeated`
      return distinct !== undefined && distinct > 1
        ? 'those calls have different arguments: a repeated call has the same'
        : undefined
    },
    inside: 'look for the call that fails, and is sent again',
    where:
      'On Ask, filter http.request.resend_count exists, or “What fails?” by trace.trace_id: one trace has many errors',
  },
  'broken-cache': {
    objection({ span }) {
      if (span.name !== CACHE_SPAN) return 'that span is no look-up in a cache'
      return attribute(span, CACHE_HIT) === true
        ? 'that look-up found what it looked for'
        : 'that look-up missed once, as the first one for a key does: look for a key that no later request can have'
    },
    inside: 'look for the look-up that finds nothing, and at what it looks for',
    where: `On Ask, group the spans with name = ${CACHE_SPAN} by ${CACHE_HIT}, over time`,
  },
  'pool-wait': {
    objection({ span }) {
      if (span.statement !== undefined)
        return `that span is a query, which takes only ${ms(span)}: it is the wait before a query that you look for`
      if (span.name !== POOL_SPAN) return 'that span is no wait for a connection'
      return span.durationMs < WAIT_MS ? `that request waited only ${ms(span)} for its connection` : undefined
    },
    inside: 'look for what passes before the query begins',
    where: `On Ask, a HEATMAP of duration_ms of the spans with name = ${POOL_SPAN}`,
  },
  'hidden-error': {
    objection(named) {
      if (!isHttp(named.span)) return 'that span is no call to another service'
      return callFails(named) ? `that call fails openly: ${answered(named)}` : undefined
    },
    inside: 'look at the attributes of its calls: one says that it did not succeed',
    where:
      'Open some traces, read the attributes of the calls at both ends, and group on Ask by one that tells how a call went',
    whom: 'The request’s own span counts what came back: on Ask, a HEATMAP of that column, and draw around the odd value',
  },
}

/** The same for faults that take time. */
export const WHOM =
  'On Ask, “Which requests are slow?” for a route without other faults, and draw around the slow ones: BubbleUp compares them with the others'

/** What can be seen of a span: `a call that is made 5 times with the same arguments and answered 503`. */
export function describeSpan(named: NamedSpan): string {
  const { span } = named
  if (span.statement !== undefined) return `a query of ${ms(span)}`
  if (span === named.request) return 'the request itself'
  if (!isHttp(span)) return `${span.name}, ${ms(span)}, neither a query nor a call`
  const { count, distinct } = callsOf(named)
  const status = statusOf(named)
  const end = `${ms(span)} long${status === undefined ? '' : ` and answered ${status}`}`
  if (count === 1) return `a call that is made once, ${end}`
  const kind = distinct === 1 ? 'the same' : 'different'
  return `a call that is made ${times(count)}${distinct === undefined ? '' : ` with ${kind} arguments`}, ${end}`
}

/** Whether a span is a call between services, at either end. */
function isHttp({ isCall, isServer }: SpanEvidence): boolean {
  return isCall || isServer
}

function callsOf({ span, trace }: NamedSpan) {
  return countCalls(callOf(span, trace), trace)
}

/** Of the call's two ends, the one that has a status. */
function statusOf({ span, trace }: NamedSpan): number | undefined {
  return span.status ?? callOf(span, trace).status
}

function callFails(named: NamedSpan): boolean {
  return (statusOf(named) ?? 0) >= 500 || named.span.isError
}

function answered(named: NamedSpan): string {
  const status = statusOf(named)
  return status === undefined ? 'it has no status' : `it was answered ${status}`
}

function isFast({ span, request }: NamedSpan): boolean {
  return span.durationMs < MOST * request.durationMs
}

function share({ span, request }: NamedSpan): string {
  return `${ms(span)} of the request’s ${ms(request)}`
}

function ms({ durationMs }: SpanEvidence): string {
  return `${durationMs.toFixed(durationMs < 10 ? 1 : 0)} ms`
}

function times(count: number): string {
  return count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`
}
