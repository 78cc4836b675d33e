import { serverSpan } from '../../contracts/evidence.ts'
import { type Chapter, notYet, passed } from '../chapter.ts'

export const yourRequest: Chapter = {
  number: 2,
  folder: '02-your-request',
  title: 'Set up: a request of your own',
  async check(context) {
    const seen: string[] = []
    for (const traceId of await context.recentTraces()) {
      const trace = await context.trace(traceId)
      const server = serverSpan(trace, context.service)
      // Verify's requests have verify's own span as their root.
      if (!server || trace.spans.some(({ service }) => service.endsWith('-verify'))) continue
      seen.push(traceId)
      const missing = (['honeycomb', 'xray'] as const).filter((name) => trace.state[name] === 'missing')
      if (missing.length > 0) continue
      return passed(
        [
          `${server.name}, answered ${server.status ?? 'nothing'} in ${server.durationMs.toFixed(0)} ms`,
          `Honeycomb: ${trace.state.honeycomb}; X-Ray: ${trace.state.xray}`,
        ],
        traceId,
      )
    }
    return seen.length === 0
      ? notYet(
          'Your own request is missing: only those of verify have arrived.',
          `curl -i ${context.api}/api/activities/home, and give it two seconds`,
        )
      : notYet(
          `Your request ${seen[0]} has not reached every provider that is on.`,
          'Give it two seconds and run the check again; else npm run doctor',
        )
  },
}
