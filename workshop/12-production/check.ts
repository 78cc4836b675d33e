import { serverSpan } from '../../contracts/evidence.ts'
import { type Chapter, notYet, passed } from '../chapter.ts'

const CANARY = 'canary'

export const production: Chapter = {
  number: 12,
  folder: '12-production',
  title: 'Production: a collector, what it costs, and what must not be in it',
  answers: [{ name: 'trace', meaning: 'the trace id of a request with canaries in it' }],
  async check(context, answers) {
    const traceId = answers.trace
    const next = `curl -i -H "traceparent: 00-$(printf %08x $(date +%s))$(openssl rand -hex 12)-$(openssl rand -hex 8)-01" -H "authorization: Bearer canary-token" "${context.api}/api/activities/search?term=canary-term", then: npm run workshop -- 12 <trace id>`
    if (!traceId) return notYet('Say which trace to look into.', next)
    const trace = await context.trace(traceId)
    const server = serverSpan(trace, context.service)
    if (!server) return notYet(`Nobody has anything of the trace ${traceId}.`, next)
    if (!/term=/.test(trace.text)) {
      return notYet('That request carried no search term, so that nothing could be given away.', next)
    }
    if (trace.text.includes(CANARY)) {
      const at = trace.text.indexOf(CANARY)
      return notYet(
        `A canary got out: …${trace.text.slice(Math.max(0, at - 60), at + 30)}…`,
        'Look at backend/telemetry/privacy/redaction.ts, and at attributes of your own: record how much, not what',
      )
    }
    return passed(
      [
        `${server.name}: ${trace.spans.length} spans, ${trace.logs?.length ?? 'no readable'} log lines, and no canary in any`,
        'the query’s term stands there as REDACTED, and the header not at all',
      ],
      traceId,
    )
  },
}
