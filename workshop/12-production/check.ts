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
    if (!traceId) return notYet('Say which trace to search.', next)
    const trace = await context.trace(traceId)
    const server = serverSpan(trace, context.service)
    if (!server) return notYet(`No provider has anything of the trace ${traceId}.`, next)
    if (!/term=/.test(trace.text)) {
      return notYet('That request had no search term, so it could leak nothing.', next)
    }
    if (trace.text.includes(CANARY)) {
      const at = trace.text.indexOf(CANARY)
      return notYet(
        `A canary leaked: …${trace.text.slice(Math.max(0, at - 60), at + 30)}…`,
        'Look at backend/telemetry/privacy/redaction.ts, and at your own attributes: record amounts, not contents',
      )
    }
    return passed(
      [
        `${server.name}: ${trace.spans.length} spans, ${trace.logs?.length ?? 'no readable'} log lines, and no canary in any`,
        'the query’s term is REDACTED, and the header is absent',
      ],
      traceId,
    )
  },
}
