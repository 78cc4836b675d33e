import type { Chapter } from '../chapter.ts'
import { notYet, oneCondition, passed } from '../one-condition.ts'

export const why: Chapter = oneCondition({
  number: 1,
  folder: '01-why',
  title: 'Why: one request as traces, logs and metrics',
  async check(context) {
    for (const traceId of await context.recentTraces()) {
      const { spans, logs } = await context.trace(traceId)
      const services = new Set(spans.map(({ service }) => service))
      if (!services.has(context.service) || !services.has(context.profilesService)) continue
      const evidence = [`a trace of ${spans.length} spans, made by ${[...services].join(', ')}`]
      if (logs?.length === 0) {
        return notYet(
          `The trace ${traceId} has arrived, but no log line of it yet.`,
          'Logs come a second later: run the check again. npm run status says whether they are refused.',
          evidence,
        )
      }
      if (logs) evidence.push(`${logs.length} log lines with the same trace id, such as “${logs[0]}”`)
      const metrics = await context.metrics()
      if (metrics?.length === 0) {
        return notYet(
          'No metric has arrived yet.',
          'They are sent every ten seconds: run the check again.',
          evidence,
        )
      }
      if (metrics) evidence.push(`${metrics.length} metrics, such as ${metrics[0]?.name}`)
      return passed(evidence, traceId)
    }
    return notYet('No trace has arrived that went through both services.', 'npm run setup')
  },
})
