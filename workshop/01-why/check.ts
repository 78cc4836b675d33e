import type { SpanEvidence } from '../../contracts/evidence.ts'
import type { MetricEntry } from '../../contracts/sandbox/metrics.ts'
import { defineChapter, met, missingAnswer, notChecked, notYet, type Verdict } from '../chapter.ts'
import type { CheckContext } from '../context.ts'
import { type Choice, findMistake, gatherChoice, ofNamed, placeOf, type ReadRequest } from '../named-trace.ts'
import { ownTimes } from '../own-time.ts'
import { CHECK_AGAIN } from '../whereabouts.ts'
import { countOf, quoted } from '../wording.ts'
import { isSameMs, readMs } from './milliseconds.ts'

const TRACE = 'trace'
const SLOWEST = 'slowest'
const WAITED = 'waited'
/** The metric that a learner knows the most about: how long the requests took. */
const REQUESTS = 'http.server.request.duration'
const FINDING = 'how long the api waited for the profiles service'
/** Two services are equally slow where their times differ by less. */
const EQUAL_SHARE = 0.1
const NO_READING = 'your providers do not let it be read back'

interface Gathered extends Choice {
  readonly slowest: string | undefined
  readonly waited: string | undefined
  /** Undefined where they cannot be read back. */
  readonly metrics: readonly MetricEntry[] | undefined
}

export const why = defineChapter<Gathered>({
  number: 1,
  folder: '01-why',
  title: 'Why: one request as traces, logs and metrics',
  answers: [
    { name: TRACE, kind: 'trace', meaning: 'the trace id of the request that you looked at' },
    { name: SLOWEST, meaning: 'the service that took the most time itself' },
    { name: WAITED, meaning: 'how many milliseconds the api waited for the profiles service' },
  ],
  async gather(context, { [TRACE]: answer, [SLOWEST]: slowest, [WAITED]: waited }) {
    return {
      ...(await gatherChoice(context, answer)),
      ...{ slowest, waited, metrics: await context.metrics() },
    }
  },
  conditions: [
    { name: 'you have looked at a request', judge: judgeRequest },
    { name: 'the service that took the most time itself', judge: ofNamed(judgeSlowest) },
    { name: FINDING, judge: ofNamed(judgeWaited) },
    { name: 'log lines of the same request', judge: ofNamed(judgeLogs) },
    { name: 'metrics beside it', judge: judgeMetrics },
  ],
  evidence: ({ named }) => (named ? [named.traceId] : []),
  finding: FINDING,
})

function judgeRequest(gathered: Gathered): Verdict {
  const { context, hasTraces, named } = gathered
  if (!named && !hasTraces) return notYet('No request has arrived yet.', 'npm run setup')
  if (!named) {
    return missingAnswer(
      'which request have you looked at?',
      `Open ${context.page}, choose one, and: npm run workshop -- 1 <trace id> ${SLOWEST}=<service> ${WAITED}=<ms>`,
    )
  }
  const choose = `choose GET /api/activities/home of ${context.page}`
  return (
    findMistake(named, `curl -i ${context.api}/api/activities/home`) ??
    ofNamed<Gathered>((request) => judgeShape(request, context, choose))(gathered)
  )
}

/** Whether the request shows how two services work together. */
function judgeShape({ trace, server }: ReadRequest, context: CheckContext, choose: string): Verdict {
  const services = new Set(trace.spans.map(({ service }) => service))
  if (server.isError) return notYet(`${server.name} failed, and did not do all of its work.`, choose)
  if (!services.has(context.profilesService)) {
    return notYet(
      `${server.name} did not call the profiles service, so that this trace shows one service only.`,
      choose,
    )
  }
  return met(`${server.name}, ${countOf(trace.spans.length, 'span')} made by ${[...services].join(', ')}`)
}

function judgeSlowest({ trace, traceId }: ReadRequest, { context, slowest }: Gathered): Verdict {
  const look = `${placeOf(context, traceId)}: add up the own times of the rows of each service, which have one color`
  const fix = `${look}. Then: ${again(SLOWEST)}`
  if (slowest === undefined) return missingAnswer('which service took the most time itself?', fix)
  const caller = `${context.service}-verify`
  const times = ownTimes(trace.spans.filter((span) => span.service !== caller))
  const word = serviceOf(context, slowest)
  const isWord = (name: string) => name.toLowerCase() === word.toLowerCase()
  if (isWord(caller)) return notYet(`${caller} is the caller: npm run verify, which waited for the api.`, fix)
  const service = [...times.keys()].find(isWord) ?? word
  const ownMs = times.get(service)
  if (ownMs === undefined) {
    return notYet(
      `The trace has no service ${quoted(slowest)}. Its services are ${[...times.keys()].join(', ')}.`,
      again(SLOWEST),
    )
  }
  if (ownMs < Math.max(...times.values()) * (1 - EQUAL_SHARE)) {
    return notYet(
      `${service} is not the one. A service’s own time is the time of its spans without that of the spans below them: while the api waits for another service, that one works.`,
      fix,
    )
  }
  return met(`${service}, ${milliseconds(ownMs)} without the spans below its own`)
}

function judgeWaited({ trace, server }: ReadRequest, { context, waited }: Gathered): Verdict {
  const worked = trace.spans.filter(
    ({ service, isServer }) => isServer && service === context.profilesService,
  )
  const calls = worked.flatMap(({ parentId }) => trace.spans.find(({ id }) => id === parentId) ?? [])
  if (waited === undefined) {
    return missingAnswer(
      'how long did the api wait for the profiles service?',
      `${placeOf(context, trace.traceId)}: the api’s call is the row above the first row of the profiles service. Then: ${again(WAITED)}`,
    )
  }
  const read = readMs(waited)
  if (read === undefined) {
    return notYet(`${quoted(waited)} is no number of milliseconds, such as 7.5.`, again(WAITED))
  }
  const call = calls.find(({ durationMs }) => isSameMs(read, durationMs))
  if (call) {
    const work = worked.find(({ parentId }) => parentId === call.id)
    return met(
      `${milliseconds(call.durationMs)}, of which the profiles service worked ${milliseconds(work?.durationMs ?? 0)}: the rest is the way there and back`,
    )
  }
  return notYet(
    `${milliseconds(read)} is not how long the api waited. ${mistakenFor(read, server, worked)}`,
    `Read the duration of the api’s call, the row above the first row of the profiles service. Then: ${again(WAITED)}`,
  )
}

/** What the number is instead. */
function mistakenFor(read: number, server: SpanEvidence, worked: readonly SpanEvidence[]): string {
  if (worked.some(({ durationMs }) => isSameMs(read, durationMs)))
    return 'It is how long the profiles service worked: the api also waited while the call and the answer were on their way.'
  if (isSameMs(read, server.durationMs)) return 'It is how long the whole request took.'
  return 'No row between the api and the profiles service has this duration.'
}

function judgeLogs({ trace: { logs } }: ReadRequest, { context }: Gathered): Verdict {
  if (!logs) return notChecked(NO_READING)
  const [line] = logs
  if (line === undefined) {
    return notYet(
      'The trace has arrived, but no log line of it yet.',
      `${CHECK_AGAIN}. Else npm run status says whether they are refused, and npm run logs -- api shows the lines of ${context.service}`,
    )
  }
  return met(`${logs.length} with its trace id, such as “${line}”`)
}

function judgeMetrics({ metrics }: Gathered): Verdict {
  if (!metrics) return notChecked(NO_READING)
  const first = metrics.find(({ name }) => name === REQUESTS) ?? metrics[0]
  if (!first)
    return notYet('No metric has arrived yet.', 'Run the check again in ten seconds: they are sent as often')
  return met(`${metrics.length}, such as ${first.name}`)
}

/** Learners know the services by their roles. */
function serviceOf(context: CheckContext, text: string): string {
  const word = text.trim()
  if (/^api$/i.test(word)) return context.service
  if (/^profiles$/i.test(word)) return context.profilesService
  return word
}

function again(name: string): string {
  return `npm run workshop -- 1 ${name}=${name === SLOWEST ? '<service>' : '<ms>'}`
}

function milliseconds(ms: number): string {
  return `${ms.toFixed(1)} ms`
}
