import { serverSpan } from '../../contracts/evidence.ts'
import type { Chapter } from '../chapter.ts'
import { notYet, oneCondition, passed } from '../one-condition.ts'

export const leavingTheSdk: Chapter = oneCondition({
  number: 11,
  folder: '11-leaving-the-sdk',
  title: 'Leaving the X-Ray SDK for OpenTelemetry’s own protocol',
  async check(context) {
    if (context.modes.xray === 'off') return notYet('X-Ray is off.', 'npm run env -- XRAY_ENABLED=true')
    if (context.pipeline !== 'otlp') {
      return notYet(
        context.pipeline === 'sdk'
          ? 'XRAY_PIPELINE is sdk: spans become segments of the X-Ray SDK, and go to the daemon.'
          : 'XRAY_PIPELINE is collector: spans go to an OpenTelemetry Collector, which makes segments of them.',
        'npm run env -- XRAY_PIPELINE=otlp, then npm run setup',
      )
    }
    for (const traceId of await context.recentTraces()) {
      const trace = await context.trace(traceId)
      const server = serverSpan(trace, context.service)
      if (trace.state.xray !== 'found' || !server) continue
      // `X-Ray for Node.js` and the like.
      if (server.sdk?.startsWith('X-Ray for')) {
        return notYet(
          `The newest request in X-Ray, ${traceId}, still came through the SDK.`,
          'npm run setup restarts the services with the new pipeline; then send a request',
        )
      }
      return passed(
        [`the segment ${server.id} (${server.name}), written by no X-Ray SDK, in trace ${traceId}`],
        traceId,
      )
    }
    return notYet('X-Ray has no request of the api yet.', 'npm run verify')
  },
})
