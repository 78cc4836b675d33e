import { serverSpan } from '../../contracts/evidence.ts'
import type { Chapter } from '../chapter.ts'
import { notYet, oneCondition, passed } from '../one-condition.ts'

const METRIC = 'app.activities.created'

export const logsAndMetrics: Chapter = oneCondition({
  number: 8,
  folder: '08-logs-and-metrics',
  title: 'Logs and metrics beside the trace',
  file: 'backend/api/create-activity.ts',
  async check(context) {
    if (context.modes.honeycomb === 'off')
      return notYet('Honeycomb is off.', 'npm run env -- HONEYCOMB_ENABLED=true')
    const command = `curl -i ${context.api}/api/activities -H 'content-type: application/json' -d '{"message": "Hello"}'`
    const metrics = await context.metrics()
    if (metrics && !metrics.some(({ name }) => name === METRIC)) {
      return notYet(
        `There is no metric ${METRIC} among the ${metrics.length} of the last hour.`,
        `Write it in backend/api/create-activity.ts, npm run workshop -- restart, ${command}, and wait ten seconds`,
      )
    }
    const evidence = metrics
      ? [`the metric ${METRIC}`]
      : [
          `Honeycomb is live and returns no metrics: look for ${METRIC} in the dataset ${context.service}-metrics`,
        ]
    for (const traceId of await context.recentTraces('http.method = "POST"')) {
      const trace = await context.trace(traceId)
      const server = serverSpan(trace, context.service)
      if (server?.status !== 201) continue
      // A live Honeycomb returns no logs.
      if (!trace.logs) return passed([...evidence, `the trace of a new message: ${traceId}`], traceId)
      const line = trace.logs.find((text) => text.startsWith('POST '))
      if (line) return passed([...evidence, `the log line “${line}”, in the trace ${traceId}`], traceId)
    }
    return notYet('No trace of a new message has arrived with its log line.', command, evidence)
  },
})
