import { type SpanEvidence, serverSpan, type TraceEvidence } from '../../contracts/evidence.ts'
import { type Chapter, defineChapter, met, notYet, type Verdict } from '../chapter.ts'
import type { CheckContext, LoggedRequest } from '../context.ts'

/** Part of each value in the request that stands for a secret and must not be recorded. */
const CANARY = 'canary'
const SEARCH = '/api/activities/search'
/** What the query string becomes when the term is redacted. */
const REDACTED = 'term=REDACTED'
/** Where the gateway of `collector/` writes why it kept a trace. */
const KEPT_ERROR = '"tailsampling.policy":"every-error"'

interface Gathered {
  /** The trace that the learner names, and what was read of it. */
  readonly traceId: string | undefined
  readonly trace: TraceEvidence | undefined
  readonly server: SpanEvidence | undefined
  /** The api's log line about the request in that trace, and about the newest search of all. */
  readonly logged: LoggedRequest | undefined
  readonly newestSearch: LoggedRequest | undefined
  /** A failing request that the collectors have kept. */
  readonly keptError: string | undefined
  /** The command that sends the canaries. */
  readonly send: string
}

export const production: Chapter = defineChapter<Gathered>({
  number: 12,
  folder: '12-production',
  title: 'Production: a collector, costs, and secrets in telemetry',
  answers: [{ name: 'trace', kind: 'trace', meaning: 'the trace id of a request with canaries in it' }],
  gather,
  conditions: [
    { name: 'you named the trace of your canaries', judge: judgeNamed },
    { name: 'its request has arrived', judge: judgeArrived },
    { name: 'it is a search with a term', judge: judgeSearch },
    { name: 'no canary is in it', judge: judgeCanaries },
    { name: 'the collectors kept an error (where you ran them)', judge: judgeCollectors },
  ],
  evidence: ({ traceId }) => (traceId ? [traceId] : []),
})

async function gather(context: CheckContext, answers: Readonly<Record<string, string>>): Promise<Gathered> {
  const { trace: traceId } = answers
  const trace = traceId ? await context.trace(traceId) : undefined
  const requests = await context.requests('GET', /./)
  return {
    traceId,
    trace,
    server: trace && serverSpan(trace, context.service),
    logged: requests.find((one) => one.traceId === traceId),
    newestSearch: requests.find(({ path }) => path === SEARCH),
    keptError: await findKeptError(context),
    send: `curl -i -H "traceparent: 00-$(printf %08x $(date +%s))$(openssl rand -hex 12)-$(openssl rand -hex 8)-01" -H "authorization: Bearer canary-token" "${context.api}${SEARCH}?term=canary-term", then: npm run workshop -- 12 <trace id>`,
  }
}

async function findKeptError(context: CheckContext): Promise<string | undefined> {
  for (const traceId of await context.tracesOf(context.collectedService)) {
    const { spans, text } = await context.trace(traceId)
    if (text.includes(KEPT_ERROR) && spans.some(({ isError }) => isError)) return traceId
  }
  return undefined
}

function judgeNamed({ traceId, newestSearch, send }: Gathered): Verdict {
  if (traceId) return met(`the trace ${traceId}`)
  if (!newestSearch) return notYet('No search has come yet, and no trace is named.', send)
  return notYet(
    'Say which trace to search.',
    `npm run workshop -- 12 ${newestSearch.traceId}, if your canaries were in the newest search. Else: ${send}`,
  )
}

function judgeArrived({ traceId, server, logged, newestSearch, send }: Gathered): Verdict {
  if (server) return met(`${server.name}, answered ${server.status}`)
  if (logged && !logged.isKept) {
    return notYet(
      `The api answered the request of trace ${traceId} and did not keep it: its traceparent did not end in -01, or it came without one and sampling decided.`,
      `End traceparent in -01: ${send}`,
    )
  }
  if (logged) {
    return notYet(
      `The request of trace ${traceId} was kept, and is on its way.`,
      'Run the check again in two seconds',
    )
  }
  const other = newestSearch ? ` The newest search was in ${newestSearch.traceId}.` : ' No search has come.'
  return notYet(
    `No request to the api is in the trace ${traceId}: it is another id, the traceparent did not end in -01, or the request came long ago.${other}`,
    `The id is the part of the response header traceresponse between the first two hyphens. ${send}`,
  )
}

function judgeSearch({ trace, server, traceId, send }: Gathered): Verdict {
  const text = trace?.text ?? ''
  if (text.includes(REDACTED) || text.includes(CANARY)) return met('a search, with a term')
  const path = server?.attributes['url.path']
  if (path !== undefined && path !== SEARCH) {
    return notYet(
      `The trace ${traceId} is of ${path}, which takes no term: it had no canary in its query.`,
      send,
    )
  }
  return notYet(`The search of trace ${traceId} had no term, so no canary.`, send)
}

function judgeCanaries({ trace }: Gathered): Verdict {
  const { text = '', spans = [], logs } = trace ?? {}
  const position = text.indexOf(CANARY)
  if (position === -1) {
    return met(
      `${spans.length} spans and ${logs?.length ?? 'no readable'} log lines, and the term is REDACTED`,
    )
  }
  const leak = spans
    .flatMap((span) => Object.entries(span.attributes).map(([name, value]) => ({ span, name, value })))
    .find(({ value }) => JSON.stringify(value)?.includes(CANARY))
  if (leak) {
    return notYet(
      `A canary leaked: the span ${leak.span.name} has ${leak.name} = ${JSON.stringify(leak.value).slice(0, 60)}.`,
      'If it is an attribute of your own, record how much instead, such as term.length: npm run workshop -- 3 --solution; npm run workshop -- restart. The backend’s own are redacted in backend/telemetry/privacy/',
    )
  }
  const line = logs?.find((one) => one.includes(CANARY))
  if (line) {
    return notYet(
      `A canary leaked into a log line: ${line.slice(0, 80)}`,
      'Log how much, not what; then npm run workshop -- restart',
    )
  }
  return notYet(
    `A canary leaked: …${text.slice(Math.max(0, position - 60), position + 30)}…`,
    'Look at backend/telemetry/privacy/redaction.ts',
  )
}

/** Not every machine has a collector, so that this never blocks. */
function judgeCollectors({ keptError }: Gathered): Verdict {
  return met(
    keptError
      ? `the failing request of trace ${keptError}, kept by the policy every-error`
      : 'not checked: no run of npm run workshop -- collector is stored',
  )
}
