import { serverSpan } from '../../contracts/evidence.ts'
import type { Chapter } from '../chapter.ts'
import { notYet, oneCondition, passed } from '../one-condition.ts'

export const yourRequest: Chapter = oneCondition({
  number: 2,
  folder: '02-your-request',
  title: 'Set up: a request of your own',
  async check(context) {
    const traceIds = await context.recentTraces()
    let incomplete: string | undefined
    for (const traceId of traceIds) {
      const trace = await context.trace(traceId)
      const server = serverSpan(trace, context.service)
      // The root of npm run verify's requests is a span of the service <api>-verify.
      if (!server || trace.spans.some(({ service }) => service.endsWith('-verify'))) continue
      if (trace.state.honeycomb === 'missing' || trace.state.xray === 'missing') {
        incomplete ??= traceId
        continue
      }
      return passed(
        [
          `${server.name}, answered ${server.status ?? 'nothing'} in ${server.durationMs.toFixed(0)} ms`,
          `Honeycomb: ${trace.state.honeycomb}; X-Ray: ${trace.state.xray}`,
        ],
        traceId,
      )
    }
    if (incomplete) {
      return notYet(
        `Your request ${incomplete} has not reached Honeycomb and X-Ray yet.`,
        'Wait two seconds and run the check again; else npm run doctor',
      )
    }
    return notYet(
      traceIds.length === 0
        ? 'Your own request is missing: no request has arrived.'
        : 'Your own request is missing: only those of verify have arrived.',
      `curl -i ${context.api}/api/activities/home, and wait two seconds`,
    )
  },
})
