import { attribute } from '../../contracts/evidence.ts'
import { defineChapter, met, missingAnswer, notChecked, notYet, type Verdict } from '../chapter.ts'
import type { CheckContext, LoggedRequest } from '../context.ts'
import {
  findMistake,
  gatherNamed,
  judgeProviders,
  type NamedTrace,
  ofNamed,
  placeOf,
  type ReadRequest,
  timeOf,
  timeText,
} from '../named-trace.ts'
import { quoted } from '../wording.ts'

const TRACE = 'trace'
const MISSING = 'missing'
const PATH = /^\/rollbar\/test$/
/** X-Ray rejects older traces. Source: https://docs.aws.amazon.com/xray/latest/api/API_PutTraceSegments.html */
const OLDEST_MS = 30 * 24 * 3_600_000
/** How far in the future an id's time may be (ms). */
const AHEAD_MS = 10 * 60_000
/** How long ago a request counts as the one that the learner has just sent (ms). */
const JUST_MS = 10 * 60_000

interface Gathered {
  readonly context: CheckContext
  readonly named: NamedTrace | undefined
  /** The id of the caller's span. */
  readonly missing: string | undefined
  /** Requests of the step's kind, newest first. */
  readonly requests: readonly LoggedRequest[]
}

export const oneTrace = defineChapter<Gathered>({
  number: 7,
  folder: '07-one-trace',
  title: 'One trace, three lenses',
  answers: [
    { name: TRACE, kind: 'trace', meaning: 'the trace id that you sent, 32 hex digits' },
    { name: MISSING, meaning: 'the id of the span that is in none of the three, 16 hex digits' },
  ],
  async gather(context, { [TRACE]: answer, [MISSING]: missing }) {
    const named = await gatherNamed(context, answer)
    return { context, named, missing, requests: await context.requests('GET', PATH) }
  },
  conditions: [
    { name: 'a request with the trace id that you chose', judge: judgeRequest },
    { name: 'it failed', judge: ofNamed(judgeFailure) },
    { name: 'all three providers have it', judge: ofNamed(judgeLenses) },
    { name: 'the span and Rollbar’s occurrence name each other', judge: ofNamed(judgeOccurrence) },
    { name: 'the span that is missing', judge: ofNamed(judgeMissing) },
  ],
  evidence: ({ named }) => (named ? [named.traceId] : []),
})

function send({ api }: CheckContext): string {
  return `id=$(printf %08x $(date +%s))$(openssl rand -hex 12); curl -i -H "traceparent: 00-$id-$(openssl rand -hex 8)-01" ${api}/rollbar/test; npm run workshop -- 7 $id`
}

function judgeRequest(gathered: Gathered): Verdict {
  const { context, named, requests } = gathered
  if (!named) return missingAnswer('which trace id did you send?', send(context))
  const { traceId, server, logged, isOfVerify } = named
  if (isOfVerify) {
    return notYet('That is one of verify’s traces: npm run verify chose its id.', send(context))
  }
  if (logged && !logged.isKept) {
    return notYet(
      'Your request came with this id and was not kept: its flags are 00. The caller decides: its traceparent must end in -01.',
      send(context),
    )
  }
  const [other] = requests
  if (!server && !logged && other && Date.now() - other.atMs < JUST_MS) {
    return notYet(
      `No request had the id ${traceId}. The last request to /rollbar/test has another: either the id is mistyped, or the api ignored the traceparent and chose an id itself. It must be 00-<32 digits>-<16 digits>-01, with hex digits in lower case, which are not all 0.`,
      send(context),
    )
  }
  return findMistake(named, send(context)) ?? ofNamed(judgeParent)(gathered)
}

function judgeParent({ server }: ReadRequest, { context }: Gathered): Verdict {
  if (server.parentId) return met(`${server.name}, with a parent that the caller has chosen`)
  return notYet(
    'The api chose this trace’s id itself, because the request came without the header traceparent.',
    send(context),
  )
}

function judgeFailure({ server }: ReadRequest, { context }: Gathered): Verdict {
  const { name, isError, status } = server
  if (isError) return met(`answered ${status ?? 'nothing'}`)
  return notYet(`${name} did not fail, so that Rollbar has nothing of it.`, send(context))
}

function judgeLenses({ trace, server, traceId }: ReadRequest, { context }: Gathered): Verdict {
  if (trace.state.xray !== 'off' && !hasOwnTime(traceId, server.startMs)) {
    return notYet(
      `AWS’s X-Ray rejects this trace. The first eight digits of its id, ${traceId.slice(0, 8)}, are ${timeText(traceId)}: they must be the time of the request.`,
      send(context),
    )
  }
  return judgeProviders(trace, ['honeycomb', 'xray', 'rollbar'], `, with the span id ${server.id}`)
}

function judgeOccurrence({ trace, server, traceId }: ReadRequest): Verdict {
  if (trace.state.rollbar !== 'found') return notChecked('Rollbar does not let the error be read back')
  const uuid = attribute(server, 'rollbar.uuid')
  const occurrence = trace.occurrences.find((one) => one.uuid === uuid)
  if (occurrence?.traceId === traceId) return met(`${occurrence.uuid}, in rollbar.uuid`)
  return notYet(
    'The span and Rollbar’s occurrence do not name each other.',
    'npm run logs -- api; npm run verify',
  )
}

function judgeMissing({ trace, server, traceId }: ReadRequest, { context, missing }: Gathered): Verdict {
  const look = `${placeOf(context, traceId)}: select the row with “no parent here”, read its parent, and: npm run workshop -- 7 ${MISSING}=<span id>`
  if (missing === undefined)
    return missingAnswer('one span of this trace is in none of the three. Which one?', look)
  const id = missing.trim().toLowerCase().split('/').at(-1) ?? ''
  if (!/^[0-9a-f]{16}$/.test(id)) {
    return notYet(`${quoted(id)} is no span id, which has 16 hex digits.`, look)
  }
  const span = trace.spans.find((one) => one.id === id)
  if (span) {
    return notYet(`${id} is the span ${span.name} of ${span.service}: the providers have it.`, look)
  }
  if (id !== server.parentId) {
    return notYet(`No span of this trace names ${id} as its parent.`, look)
  }
  return met(`${id}: your own span, which curl has not sent`)
}

/** Whether the id begins with about the time of its request (epoch ms). */
function hasOwnTime(traceId: string, requestedMs: number): boolean {
  const ageMs = requestedMs - timeOf(traceId)
  return ageMs < OLDEST_MS && ageMs > -AHEAD_MS
}
