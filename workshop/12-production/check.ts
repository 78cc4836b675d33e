import { serverSpan } from '../../contracts/evidence.ts'
import type { Chapter } from '../chapter.ts'
import { notYet, oneCondition, passed } from '../one-condition.ts'

/** Part of each value in the request that stands for a secret and must not be recorded. */
const CANARY = 'canary'

export const production: Chapter = oneCondition({
  number: 12,
  folder: '12-production',
  title: 'Production: a collector, costs, and secrets in telemetry',
  answers: [{ name: 'trace', kind: 'trace', meaning: 'the trace id of a request with canaries in it' }],
  async check(context, answers) {
    const traceId = answers.trace
    const request = `curl -i -H "traceparent: 00-$(printf %08x $(date +%s))$(openssl rand -hex 12)-$(openssl rand -hex 8)-01" -H "authorization: Bearer canary-token" "${context.api}/api/activities/search?term=canary-term", then: npm run workshop -- 12 <trace id>`
    if (!traceId) return notYet('Say which trace to search.', request)
    const trace = await context.trace(traceId)
    const server = serverSpan(trace, context.service)
    if (!server) return notYet(`No provider has a request to the api in the trace ${traceId}.`, request)
    const { text, spans, logs } = trace
    const position = text.indexOf(CANARY)
    if (position !== -1) {
      return notYet(
        `A canary leaked: …${text.slice(Math.max(0, position - 60), position + 30)}…`,
        'Look at backend/telemetry/privacy/redaction.ts, and at your own attributes: record amounts, not contents',
      )
    }
    if (!text.includes('term=REDACTED'))
      return notYet('The trace has no search term that was redacted: send one with a canary.', request)
    return passed(
      [
        `${server.name}: ${spans.length} spans, ${logs?.length ?? 'no readable'} log lines, and no “${CANARY}” in any`,
        'the query’s term is REDACTED',
      ],
      traceId,
    )
  },
})
