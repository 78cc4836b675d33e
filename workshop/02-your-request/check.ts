import type { SpanEvidence } from '../../contracts/evidence.ts'
import { defineChapter, met, notYet, type Verdict } from '../chapter.ts'
import type { CheckContext } from '../context.ts'
import { findMistake, gatherNamed, type NamedTrace, placeOf } from '../named-trace.ts'

const TRACE = 'trace'
/** Two spans are equally long where they differ by less: the page shows tenths of a millisecond. */
const EQUAL_SHARE = 0.1

interface Gathered {
  readonly context: CheckContext
  readonly hasTraces: boolean
  readonly named: NamedTrace | undefined
}

export const yourRequest = defineChapter<Gathered>({
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
  async gather(context, { [TRACE]: answer }) {
    const hasTraces = (await context.recentTraces()).length > 0
    return { context, hasTraces, named: answer ? await gatherNamed(context, answer) : undefined }
  },
  conditions: [
    { name: 'a request of your own', judge: judgeRequest },
    { name: 'Honeycomb and X-Ray have it', judge: judgeArrival },
    { name: 'the span for which the api waited longest', judge: judgeSpan },
  ],
  evidence: ({ named }) => (named ? [named.traceId] : []),
})

function send({ api }: CheckContext): string {
  return `curl -i ${api}/api/activities/home`
}

function judgeRequest({ context, hasTraces, named }: Gathered): Verdict {
  if (!named) {
    return notYet(
      hasTraces
        ? 'You have not named a request of your own yet.'
        : 'You have not named a request of your own yet, and none has arrived.',
      `${send(context)}, and then: npm run workshop -- 2 <trace id>`,
    )
  }
  if (named.isOfVerify) {
    return notYet(
      'That request is one of npm run verify, which npm run setup runs at its end. Send one yourself.',
      send(context),
    )
  }
  const mistake = findMistake(named, send(context))
  if (mistake) return mistake
  const { server, isUnreadable } = named
  if (isUnreadable || !server) return notChecked()
  return met(`${server.name}, answered ${server.status ?? 'nothing'}`)
}

function judgeArrival({ named }: Gathered): Verdict {
  if (!named || named.isUnreadable) return notChecked()
  const { honeycomb, xray } = named.trace.state
  const missing = [
    ...(honeycomb === 'missing' ? ['Honeycomb'] : []),
    ...(xray === 'missing' ? ['X-Ray'] : []),
  ]
  if (missing.length > 0) {
    return notYet(
      `${missing.join(' and ')} does not have it yet.`,
      'Run the check again in two seconds; else npm run doctor says why',
    )
  }
  return met(`Honeycomb: ${honeycomb}; X-Ray: ${xray}`)
}

function judgeSpan({ context, named }: Gathered): Verdict {
  if (!named || named.isUnreadable) return notChecked()
  const { trace, traceId, spanId, server } = named
  const fix = `${placeOf(context, traceId)}: select the span, copy the line with both ids at the top of its details, and: npm run workshop -- 2 <trace id>/<span id>`
  const waits = trace.spans.filter((span) => span.service === context.service && isWait(span))
  if (waits.length < 2) {
    return notYet(
      `${server?.name} made ${waits.length === 0 ? 'neither a query nor a call' : 'only one query or call'}, so that there is nothing to compare.`,
      `${send(context)}, and name that request`,
    )
  }
  if (spanId === undefined) {
    return notYet('You have not named the span for which the api waited longest.', fix)
  }
  const span = trace.spans.find(({ id }) => id === spanId)
  if (!span) return notYet(`The trace has no span ${spanId.slice(0, 40)}.`, fix)
  const kind = mistakenKind(context, span)
  if (kind) return notYet(`${span.name} is not it: ${kind}`, fix)
  const longestMs = Math.max(...waits.map(({ durationMs }) => durationMs))
  if (span.durationMs < longestMs * (1 - EQUAL_SHARE)) {
    return notYet(
      `${span.name} is ${span.statement === undefined ? 'a call' : 'a query'}, and the api waited longer for another span. Compare the durations at the end of the rows.`,
      fix,
    )
  }
  return met(`${span.name}, ${span.durationMs.toFixed(1)} of ${server?.durationMs.toFixed(1)} ms`)
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

function notChecked(): Verdict {
  return met('not checked: your providers do not let traces be read back')
}
