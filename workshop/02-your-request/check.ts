import type { SpanEvidence, TraceEvidence } from '../../contracts/evidence.ts'
import { defineChapter, met, missingAnswer, notYet, type Verdict } from '../chapter.ts'
import type { CheckContext } from '../context.ts'
import {
  type Choice,
  findMistake,
  gatherChoice,
  judgeProviders,
  ofNamed,
  placeOf,
  type ReadRequest,
} from '../named-trace.ts'
import { quoted } from '../wording.ts'

const TRACE = 'trace'
/** Two spans are equally long where they differ by less: the page shows tenths of a millisecond. */
const EQUAL_SHARE = 0.1

export const yourRequest = defineChapter<Choice>({
  number: 2,
  folder: '02-your-request',
  title: 'Set up: a request of your own',
  answers: [
    {
      name: TRACE,
      kind: 'trace',
      meaning: '<trace id>/<span id> of your request, and of the span for which the api waited longest',
    },
  ],
  gather: (context, { [TRACE]: answer }) => gatherChoice(context, answer),
  conditions: [
    { name: 'a request of your own', judge: judgeRequest },
    {
      name: 'Honeycomb and X-Ray have it',
      judge: ofNamed(({ trace }) => judgeProviders(trace, ['honeycomb', 'xray'])),
    },
    { name: 'the span for which the api waited longest', judge: ofNamed(judgeSpan) },
  ],
  evidence: ({ named }) => (named ? [named.traceId] : []),
})

function send({ api }: CheckContext): string {
  return `curl -i ${api}/api/activities/home`
}

function judgeRequest(choice: Choice): Verdict {
  const { context, hasTraces, named } = choice
  if (!named) {
    return missingAnswer(
      `which request is your own?${hasTraces ? '' : ' None has arrived yet.'}`,
      `${send(context)}, and then: npm run workshop -- 2 <trace id>`,
    )
  }
  if (named.isOfVerify) {
    return notYet(
      'That request is one of npm run verify, which npm run setup runs at its end. Send one yourself.',
      send(context),
    )
  }
  const look = ofNamed<Choice>(({ server }) => met(`${server.name}, answered ${server.status ?? 'nothing'}`))
  return findMistake(named, send(context)) ?? look(choice)
}

function judgeSpan({ trace, traceId, spanId, server }: ReadRequest, { context }: Choice): Verdict {
  const fix = `${placeOf(context, traceId)}: select the span, copy the line with both ids at the top of its details, and: npm run workshop -- 2 <trace id>/<span id>`
  const waits = trace.spans.filter((span) => span.service === context.service && isWait(span))
  if (waits.length < 2) {
    return notYet(
      `${server.name} made ${waits.length === 0 ? 'neither a query nor a call' : 'only one query or call'}, so that there is nothing to compare.`,
      `${send(context)}, and name that request`,
    )
  }
  if (spanId === undefined) {
    return missingAnswer('for which span did the api wait longest?', fix)
  }
  const span = trace.spans.find(({ id }) => id === spanId)
  if (!span) return notYet(`The trace has no span ${quoted(spanId)}.`, fix)
  const kind = mistakenKind(context, span)
  if (kind) return notYet(`${span.name} is not it: ${kind}`, fix)
  const longestMs = Math.max(...waits.map(({ durationMs }) => durationMs))
  if (span.durationMs < longestMs * (1 - EQUAL_SHARE)) {
    return notYet(
      `The api waited longer for another span than for ${nameOf(span, trace)}. Compare the durations at the end of the rows.`,
      fix,
    )
  }
  return met(`${nameOf(span, trace)}, ${span.durationMs.toFixed(1)} of ${server.durationMs.toFixed(1)} ms`)
}

/** The api does nothing for this request meanwhile. */
function isWait({ isCall, statement }: SpanEvidence): boolean {
  return isCall || statement !== undefined
}

/** Why a span is none for which the api waited; undefined where it is one. */
function mistakenKind(context: CheckContext, span: SpanEvidence): string | undefined {
  if (span.service !== context.service)
    return `the service ${span.service} made it. The api waited for the whole call, of which this is a part.`
  if (span.isServer) return 'it is the whole request, in which the other spans are.'
  return isWait(span)
    ? undefined
    : 'it is the api’s own work, with the spans below it. The api waits for a query, or for a call to another service.'
}

/** `the query SELECT cruddur`, `the call to cruddur-backend-profiles`. */
function nameOf({ id, name, statement }: SpanEvidence, { spans }: TraceEvidence): string {
  if (statement !== undefined) return `the query ${name}`
  const callee = spans.find(({ isServer, parentId }) => isServer && parentId === id)
  return `the call ${callee ? `to ${callee.service}` : name}`
}
