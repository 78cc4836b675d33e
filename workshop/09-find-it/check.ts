import { serverSpan } from '../../contracts/evidence.ts'
import type { Chapter } from '../chapter.ts'
import type { CheckContext } from '../context.ts'
import { notYet, oneCondition, passed } from '../one-condition.ts'

const ANSWERS = [
  { name: 'slow', kind: 'trace', meaning: '<trace id>/<span id> of the query that takes the time' },
  { name: 'repeated', kind: 'trace', meaning: '<trace id>/<span id> of one of the calls that should be one' },
  {
    name: 'failing',
    kind: 'trace',
    meaning: '<trace id>/<span id> of the call that fails, though the answer is a 200',
  },
] as const

type Kind = (typeof ANSWERS)[number]['name']

/** At least this many equal calls below one parent count as repeated. */
const REPEATED = 3
/** The share of its request's time from which a query counts as slow. */
const SLOW_SHARE = 0.5

export const findIt: Chapter = oneCondition({
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
    const evidence: string[] = []
    const open: string[] = []
    for (const { name, meaning } of ANSWERS) {
      const answer = answers[name]
      const objection = answer ? await judge(context, name, answer) : `not named yet: ${meaning}`
      evidence.push(`${name}: ${objection ?? `right, ${answer}`}`)
      if (objection !== undefined) open.push(name)
    }
    if (open.length > 0) {
      return notYet(
        `Still open: ${open.join(', ')}.`,
        `npm run workshop -- 9 ${open[0]}=<trace id>/<span id>`,
        evidence,
      )
    }
    return passed(evidence, answers.slow?.split('/')[0])
  },
})

/** Why the answer is wrong; undefined if it is right. */
async function judge(context: CheckContext, kind: Kind, answer: string): Promise<string | undefined> {
  const [traceId = '', spanId = ''] = answer.split('/')
  const trace = await context.trace(traceId)
  const { spans } = trace
  const span = spans.find(({ id }) => id === spanId)
  if (!span) return `the trace has no such span (of ${spans.length}).`
  const request = serverSpan(trace, context.service)
  if (!request) return 'the trace has no request of the api.'
  if (kind === 'slow') {
    if (span.statement === undefined) return 'that span is no query.'
    return span.durationMs / request.durationMs >= SLOW_SHARE
      ? undefined
      : `it takes ${span.durationMs.toFixed(1)} ms of the request's ${request.durationMs.toFixed(1)}: find what takes longer.`
  }
  if (kind === 'repeated') {
    if (!span.isCall) return 'that span is not a call to another service.'
    const count = spans.filter(
      ({ name, parentId, service }) =>
        name === span.name && parentId === span.parentId && service === span.service,
    ).length
    return count >= REPEATED
      ? undefined
      : `the calls of this kind in the request are ${count}: find one with more.`
  }
  if (!span.isError && (span.status ?? 0) < 500) return 'that span did not fail.'
  return request.status === 200
    ? undefined
    : `the request itself was answered ${request.status}, which shows without a trace.`
}
