import type { SpanEvidence, TraceEvidence } from '../../contracts/evidence.ts'
import { type Chapter, type CheckContext, notYet, passed } from '../chapter.ts'

const ANSWERS = [
  { name: 'slow', meaning: '<trace id>/<span id> of the query that takes the time' },
  { name: 'repeated', meaning: '<trace id>/<span id> of one of the calls that should be one' },
  { name: 'failing', meaning: '<trace id>/<span id> of the call that fails, though the answer is a 200' },
] as const

type Kind = (typeof ANSWERS)[number]['name']

/** Fewer calls are not an N+1 problem. */
const REPEATED = 3
/** Of the request's time. */
const SLOW_SHARE = 0.5

export const findIt: Chapter = {
  number: 9,
  folder: '09-find-it',
  title: 'Find it: three faults that only the traces give away',
  answers: ANSWERS,
  async check(context, answers) {
    if (context.plantedFaults.length === 0 && Object.keys(answers).length === 0) {
      return notYet(
        'No fault is planted, and none is named.',
        'npm run workshop -- plant, then npm run load -- --rate 5 --duration 30, and look at the traces',
      )
    }
    const saw: string[] = []
    const open: string[] = []
    for (const { name, meaning } of ANSWERS) {
      const answer = answers[name]
      const fault = answer ? await judge(context, name, answer) : `not named yet: ${meaning}`
      saw.push(fault === undefined ? `${name}: right, ${answer}` : `${name}: ${fault}`)
      if (fault !== undefined) open.push(name)
    }
    if (open.length > 0) {
      return notYet(
        `Still open: ${open.join(', ')}.`,
        `npm run workshop -- 9 ${open[0]}=<trace id>/<span id>`,
        saw,
      )
    }
    return passed(saw, answers.slow?.split('/')[0])
  },
}

/** Why the span is not the fault; undefined where it is. */
async function judge(context: CheckContext, kind: Kind, answer: string): Promise<string | undefined> {
  const [traceId = '', spanId = ''] = answer.split('/')
  const trace = await context.trace(traceId)
  const span = trace.spans.find(({ id }) => id === spanId)
  if (!span) return `the trace has no such span (of ${trace.spans.length}).`
  const root = trace.spans.find(({ isServer, service }) => isServer && service === context.service)
  if (!root) return 'the trace has no request of the api.'
  return JUDGES[kind](span, root, trace)
}

const JUDGES: Record<
  Kind,
  (span: SpanEvidence, root: SpanEvidence, trace: TraceEvidence) => string | undefined
> = {
  slow(span, root) {
    if (span.statement === undefined) return 'that span is no query.'
    const share = span.durationMs / root.durationMs
    if (share >= SLOW_SHARE) return undefined
    return `it takes ${span.durationMs.toFixed(1)} ms of the request's ${root.durationMs.toFixed(1)}: what takes the rest?`
  },
  repeated(span, _root, { spans }) {
    if (span.statement !== undefined || span.isServer) return 'that span is not a call to another service.'
    const alike = spans.filter(
      ({ name, parentId, service }) =>
        name === span.name && parentId === span.parentId && service === span.service,
    )
    if (alike.length >= REPEATED) return undefined
    return alike.length === 1
      ? 'it was made once.'
      : `it was made ${alike.length} times: find a request with more.`
  },
  failing(span, root) {
    if (!span.isError && (span.status ?? 0) < 500) return 'that span did not fail.'
    if (span.id === root.id || root.isError) return 'the request itself failed, which shows without a trace.'
    return undefined
  },
}
