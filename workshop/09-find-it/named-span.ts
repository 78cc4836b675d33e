import { attribute, type SpanEvidence, serverSpan, type TraceEvidence } from '../../contracts/evidence.ts'
import type { LoggedRequest } from '../context.ts'
import { CHECK_AGAIN, LOST, whereabouts } from '../whereabouts.ts'

/** The span that an answer names, and the api's request that it is part of. */
export interface NamedSpan {
  readonly trace: TraceEvidence
  readonly span: SpanEvidence
  readonly request: SpanEvidence
}

/** Why an answer is not right, and what to do. */
export interface Objection {
  readonly what: string
  readonly fix: string
  /** Whether the trace is from before planting, as the answers of an earlier round are. */
  readonly isEarlier?: boolean
}

interface Origin {
  /** The api's name. */
  readonly service: string
  /** What the api has logged after planting, newest first; empty where its log cannot be read. */
  readonly logged: readonly LoggedRequest[]
  /** Epoch ms. */
  readonly plantedAt: number
}

const ANOTHER = 'Take a trace of your own from Requests or Ask'
export const LOAD = 'npm run load -- --rate 20 --duration 120'

/** The span of an answer, `<trace id>/<span id>`, or why it cannot be the reason for a fault. */
export function findNamedSpan(
  answer: string,
  trace: TraceEvidence,
  { service, logged, plantedAt }: Origin,
  nowMs = Date.now(),
): NamedSpan | Objection {
  const [traceId = '', spanId] = answer.split('/')
  const line = logged.find((one) => one.traceId === traceId)
  if (trace.spans.length === 0) return whereItIs(line, nowMs)
  const ofApi = serverSpan(trace, service)
  if (!ofApi)
    return {
      what: `the trace has no request of ${service}: it is another learner’s, or not the api’s`,
      fix: ANOTHER,
    }
  if (ofApi.startMs < plantedAt) {
    const what = 'the trace is from before you planted'
    return { what, fix: `${LOAD}, and take a trace of it`, isEarlier: true }
  }
  // The log reaches back to this request, and does not have it.
  if (!line && logged.some(({ atMs }) => atMs < ofApi.startMs)) {
    return { what: 'your api has not logged this trace: it is another learner’s', fix: ANOTHER }
  }
  if (!spanId) {
    return {
      what: 'the span is missing: one of the spans in the trace is the reason',
      fix: 'Select the span on the page of the trace: its details copy <trace id>/<span id>',
    }
  }
  const span = trace.spans.find(({ id }) => id === spanId)
  if (!span) {
    return {
      what: `the trace has no such span (of ${trace.spans.length})`,
      fix: 'Copy <trace id>/<span id> from the details of the span',
    }
  }
  const request = requestOf(span, trace, service) ?? ofApi
  const caller = trace.spans.find(({ id }) => id === request.parentId)
  if (caller) {
    const what = `that request is part of a trace that begins in ${beginning(caller, trace).service}, which the comparison at the end would take for a part of the fault`
    return { what, fix: 'Take one that begins in the api: each request of npm run load does' }
  }
  return { trace, span, request }
}

/** What has become of a trace that no provider has. */
function whereItIs(line: LoggedRequest | undefined, nowMs: number): Objection {
  if (!line) {
    return {
      what: 'no provider has this trace, and your api has not logged it: it is mistyped, another learner’s, or no longer stored',
      fix: ANOTHER,
    }
  }
  switch (whereabouts(line, nowMs)) {
    case 'not kept':
      return { what: 'the request came, and was not kept: sampling decided', fix: ANOTHER }
    case 'on its way':
      return { what: 'the trace was kept, and is on its way', fix: CHECK_AGAIN }
    case 'lost':
      return { what: 'the trace was kept, and no provider has it', fix: LOST }
  }
}

/** The nearest server span of the api above a span. A trace has several where its caller has sent several requests. */
function requestOf(span: SpanEvidence, trace: TraceEvidence, service: string): SpanEvidence | undefined {
  return withAncestors(span, trace).find((one) => one.isServer && one.service === service)
}

/** The span of a trace that a span is below. */
function beginning(span: SpanEvidence, trace: TraceEvidence): SpanEvidence {
  return withAncestors(span, trace).at(-1) ?? span
}

/** A span and those above it, the nearest first. */
function withAncestors(span: SpanEvidence, { spans }: TraceEvidence): SpanEvidence[] {
  const byId = new Map(spans.map((one) => [one.id, one]))
  const found = new Set<SpanEvidence>()
  let one: SpanEvidence | undefined = span
  while (one && !found.has(one)) {
    found.add(one)
    one = byId.get(one.parentId ?? '')
  }
  return [...found]
}

/** The route of a request; undefined where its provider does not say. */
export function routeOf(request: SpanEvidence): string | undefined {
  const route = attribute(request, 'http.route')
  return typeof route === 'string' ? route : undefined
}
