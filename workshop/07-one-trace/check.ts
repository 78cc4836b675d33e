import { attribute, serverSpan } from '../../contracts/evidence.ts'
import type { Chapter } from '../chapter.ts'
import { notYet, oneCondition, passed } from '../one-condition.ts'

const TRACE = 'trace'

export const oneTrace: Chapter = oneCondition({
  number: 7,
  folder: '07-one-trace',
  title: 'One trace, three lenses',
  answers: [{ name: TRACE, kind: 'trace', meaning: 'the trace id that you sent, 32 hex digits' }],
  async check(context, answers) {
    const traceId = answers[TRACE]
    const next = `curl -i -H "traceparent: 00-$(printf %08x $(date +%s))$(openssl rand -hex 12)-$(openssl rand -hex 8)-01" ${context.api}/rollbar/test, then: npm run workshop -- 7 <trace id>`
    if (!traceId) return notYet('Say which trace you sent.', next)
    const trace = await context.trace(traceId)
    const server = serverSpan(trace, context.service)
    if (!server) return notYet(`No provider has a request to the api in the trace ${traceId}.`, next)
    if (trace.spans.some(({ service }) => service.endsWith('-verify')))
      return notYet('That is one of verify’s traces.', next)
    const evidence = [`${server.name}, answered ${server.status}, as span and segment ${server.id}`]
    if (!server.parentId) {
      return notYet(
        'The api started this trace itself, because the request named none.',
        'Send the header traceparent, with -01 at its end',
        evidence,
      )
    }
    if (!server.isError) return notYet('It did not fail, so Rollbar has nothing of it.', next, evidence)
    const missing = (['honeycomb', 'xray', 'rollbar'] as const).filter(
      (name) => trace.state[name] === 'missing',
    )
    if (missing.length > 0) {
      return notYet(
        `It is not in ${missing.join(', ')} yet.`,
        'Wait some seconds and run the check again',
        evidence,
      )
    }
    const uuid = attribute(server, 'rollbar.uuid')
    const states = Object.entries(trace.state).map(([name, state]) => `${name} ${state}`)
    evidence.push(states.join(', '))
    if (trace.state.rollbar !== 'found') return passed(evidence, traceId)
    const occurrence = trace.occurrences.find((one) => one.uuid === uuid)
    if (occurrence?.traceId !== traceId) {
      return notYet(
        'The span and Rollbar’s occurrence do not name each other.',
        'npm run logs -- api; npm run verify',
        evidence,
      )
    }
    return passed([...evidence, `Rollbar’s occurrence ${occurrence.uuid}, which the span names`], traceId)
  },
})
