import { attribute } from '../../contracts/evidence.ts'
import {
  type Chapter,
  defineChapter,
  met,
  missingAnswer,
  notChecked,
  notYet,
  type Verdict,
} from '../chapter.ts'
import type { ApiState, CheckContext } from '../context.ts'
import { findMistake, gatherNamed, type NamedTrace, ofNamed, type ReadRequest } from '../named-trace.ts'
import { countOf } from '../wording.ts'
import { apiOutdated } from '../workspace-state.ts'

const NUMBER = 12
/** Part of each value in the request that stands for a secret and must not be recorded. */
const CANARY = 'canary'
const SEARCH = '/api/activities/search'
/** What the query string becomes when the term is redacted. */
const REDACTED = 'term=REDACTED'
/** Where the gateway of `collector/` writes why it kept a trace. */
const KEPT_ERROR = '"tailsampling.policy":"every-error"'

interface Gathered {
  readonly context: CheckContext
  readonly named: NamedTrace | undefined
  readonly apiState: ApiState
  /** A failing request that the collectors have kept. */
  readonly keptError: string | undefined
}

const CLEAN = 'no canary is in it'

export const production: Chapter = defineChapter<Gathered>({
  number: NUMBER,
  folder: '12-production',
  title: 'Production: a collector, costs, and secrets in telemetry',
  answers: [{ name: 'trace', kind: 'trace', meaning: 'the trace id of a request with canaries in it' }],
  gather: async (context, { trace }) => ({
    context,
    named: await gatherNamed(context, trace),
    apiState: await context.apiState(),
    keptError: await findKeptError(context),
  }),
  conditions: [
    { name: 'you named the trace of your canaries', judge: judgeNamed },
    { name: 'its request has arrived', judge: judgeArrived },
    { name: 'it is a search with a term', judge: ofNamed(judgeSearch) },
    { name: CLEAN, judge: ofNamed(judgeCanaries) },
    { name: 'the collectors kept an error (where you ran them)', judge: judgeCollectors },
  ],
  evidence: ({ named }) => (named ? [named.traceId] : []),
  finding: CLEAN,
})

function send({ api }: CheckContext): string {
  return `id=$(printf %08x $(date +%s))$(openssl rand -hex 12); curl -i -H "traceparent: 00-$id-$(openssl rand -hex 8)-01" -H "authorization: Bearer canary-token" "${api}${SEARCH}?term=canary-term"; npm run workshop -- 12 $id`
}

async function findKeptError(context: CheckContext): Promise<string | undefined> {
  for (const traceId of await context.tracesOf(context.collectedService)) {
    const { spans, text } = await context.trace(traceId)
    if (text.includes(KEPT_ERROR) && spans.some(({ isError }) => isError)) return traceId
  }
  return undefined
}

function judgeNamed({ context, named }: Gathered): Verdict {
  if (named) return met(`the trace ${named.traceId}`)
  return missingAnswer('in which trace are your canaries?', send(context))
}

function judgeArrived(gathered: Gathered): Verdict {
  const { named, context } = gathered
  const arrived = ofNamed<Gathered>(({ server }) => met(`${server.name}, answered ${server.status}`))
  return (named && findMistake(named, send(context))) ?? arrived(gathered)
}

function judgeSearch(request: ReadRequest, { context }: Gathered): Verdict {
  const { trace, traceId, server, isOfVerify } = request
  if (trace.text.includes(REDACTED) || trace.text.includes(CANARY)) {
    // The value is redacted. That the caller chose the id tells it from the searches of other chapters and of load.
    if (server.parentId && !isOfVerify) return met('a search, with a term')
    return notYet(
      `The search of trace ${traceId} came without an id of yours, so that it is not the one with the canaries.`,
      send(context),
    )
  }
  const path = attribute(server, 'url.path')
  if (path !== undefined && path !== SEARCH) {
    return notYet(
      `The trace ${traceId} is of ${path}, which takes no term: it had no canary in its query.`,
      send(context),
    )
  }
  return notYet(`The search of trace ${traceId} had no term, so no canary.`, send(context))
}

function judgeCanaries({ trace }: ReadRequest, { context, apiState }: Gathered): Verdict {
  const { text, spans, logs } = trace
  const position = text.indexOf(CANARY)
  if (position === -1) {
    // The span of chapter 3 may record the term only from the next start on. A pass stays one while code changes later.
    const stale = apiState === 'outdated' && !context.passed.includes(NUMBER)
    if (stale) return apiOutdated(send(context))
    return met(
      `${countOf(spans.length, 'span')} and ${logs ? countOf(logs.length, 'log line') : 'no readable log lines'}, and the term is REDACTED`,
    )
  }
  const leak = spans
    .flatMap((span) => Object.entries(span.attributes).map(([name, value]) => ({ span, name, value })))
    .find(({ value }) => JSON.stringify(value)?.includes(CANARY))
  if (leak) {
    return notYet(
      `A canary leaked: the span ${leak.span.name} has ${leak.name} = ${JSON.stringify(leak.value).slice(0, 60)}.`,
      'If you have set the attribute, record how much instead, such as term.length: npm run workshop -- 3 --solution; npm run workshop -- restart. The backend’s own are redacted in backend/telemetry/privacy/',
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
  if (keptError) return met(`the failing request of trace ${keptError}, kept by the policy every-error`)
  return notChecked('no run of npm run workshop -- collector is stored')
}
