import type { SpanEvidence } from '../../contracts/evidence.ts'
import type { MetricEntry } from '../../contracts/sandbox/metrics.ts'
import { defineChapter, met, notYet, type Verdict } from '../chapter.ts'
import type { CheckContext } from '../context.ts'
import { findMistake, gatherNamed, type NamedTrace, placeOf } from '../named-trace.ts'
import { ownTimes } from '../own-time.ts'
import { isSameMs, readMs } from './milliseconds.ts'

const TRACE = 'trace'
const SLOWEST = 'slowest'
const WAITED = 'waited'
/** The metric that a learner knows the most about: how long the requests took. */
const REQUESTS = 'http.server.request.duration'
const FINDING = 'how long the api waited for the profiles service'
/** Two services are equally slow where their times differ by less. */
const EQUAL_SHARE = 0.1

interface Gathered {
  readonly context: CheckContext
  readonly hasTraces: boolean
  readonly named: NamedTrace | undefined
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
    const hasTraces = (await context.recentTraces()).length > 0
    const named = answer ? await gatherNamed(context, answer) : undefined
    return { context, hasTraces, named, slowest, waited, metrics: named && (await context.metrics()) }
  },
  conditions: [
    { name: 'you have looked at a request', judge: judgeRequest },
    { name: 'the service that took the most time itself', judge: judgeSlowest },
    { name: FINDING, judge: judgeWaited },
    { name: 'log lines of the same request', judge: judgeLogs },
    { name: 'metrics beside it', judge: judgeMetrics },
  ],
  evidence: ({ named }) => (named ? [named.traceId] : []),
  finding: FINDING,
})

function judgeRequest({ context, hasTraces, named }: Gathered): Verdict {
  if (!named) {
    if (!hasTraces) return notYet('No request has arrived yet.', 'npm run setup')
    return notYet(
      'Requests have arrived. Which one have you looked at?',
      `Open ${context.page}, choose one, and: npm run workshop -- 1 <trace id> ${SLOWEST}=<service> ${WAITED}=<ms>`,
    )
  }
  const mistake = findMistake(named, `choose a request of ${context.page}`)
  if (mistake) return mistake
  if (named.isUnreadable) return notChecked()
  const services = new Set(named.trace.spans.map(({ service }) => service))
  const name = named.server?.name ?? ''
  if (!services.has(context.profilesService)) {
    return notYet(
      `${name} did not call the profiles service, so that this trace shows one service only.`,
      `choose GET /api/activities/home of ${context.page}`,
    )
  }
  return met(`${name}, ${named.trace.spans.length} spans made by ${[...services].join(', ')}`)
}

function judgeSlowest({ context, named, slowest }: Gathered): Verdict {
  if (!named || named.isUnreadable) return notChecked()
  const { spans, traceId } = named.trace
  const look = `${placeOf(context, traceId)} has a color for each service, and each row’s duration at its end`
  if (slowest === undefined) {
    return notYet(
      'You have not said which service took the most time itself.',
      `${look}. Then: ${again(SLOWEST)}`,
    )
  }
  const times = ownTimes(spans)
  const word = serviceOf(context, slowest)
  const service = [...times.keys()].find((name) => name.toLowerCase() === word.toLowerCase()) ?? word
  const ownMs = times.get(service)
  if (ownMs === undefined) {
    return notYet(
      `The trace has no service “${slowest.slice(0, 40)}”. Its services are ${[...times.keys()].join(', ')}.`,
      again(SLOWEST),
    )
  }
  if (ownMs < Math.max(...times.values()) * (1 - EQUAL_SHARE)) {
    return notYet(
      `${service} is not the one. A service’s own time is the time of its spans without that of the spans below them: while the api waits for another service, that one works.`,
      `${look}; the black line under a bar marks the part in which the request waited for that span itself. Then: ${again(SLOWEST)}`,
    )
  }
  return met(`${service}, ${milliseconds(ownMs)} without the spans below its own`)
}

function judgeWaited({ context, named, waited }: Gathered): Verdict {
  if (!named || named.isUnreadable) return notChecked()
  const { trace, server } = named
  const worked = trace.spans.filter(
    ({ service, isServer }) => isServer && service === context.profilesService,
  )
  const calls = worked.flatMap(({ parentId }) => trace.spans.find(({ id }) => id === parentId) ?? [])
  if (waited === undefined) {
    return notYet(
      'You have not said how long the api waited for the profiles service.',
      `${placeOf(context, trace.traceId)}: the api’s call is the row above the first row of the profiles service. Then: ${again(WAITED)}`,
    )
  }
  const read = readMs(waited)
  if (read === undefined) {
    return notYet(`“${waited.slice(0, 40)}” is no number of milliseconds, such as 7.5.`, again(WAITED))
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
function mistakenFor(
  read: number,
  server: SpanEvidence | undefined,
  worked: readonly SpanEvidence[],
): string {
  if (worked.some(({ durationMs }) => isSameMs(read, durationMs)))
    return 'It is how long the profiles service worked: the api also waited while the call and the answer were on their way.'
  if (server && isSameMs(read, server.durationMs)) return 'It is how long the whole request took.'
  return 'No row between the api and the profiles service has this duration.'
}

function judgeLogs({ context, named }: Gathered): Verdict {
  const logs = named?.trace.logs
  if (!named || !logs) return notChecked()
  const [line] = logs
  if (line === undefined) {
    return notYet(
      'The trace has arrived, but no log line of it yet.',
      `Run the check again: logs come a second later. Else npm run status says whether they are refused, and npm run logs -- api shows the lines of ${context.service}`,
    )
  }
  return met(`${logs.length} with its trace id, such as “${line}”`)
}

function judgeMetrics({ metrics }: Gathered): Verdict {
  if (!metrics) return notChecked()
  const first = metrics.find(({ name }) => name === REQUESTS) ?? metrics[0]
  if (!first)
    return notYet('No metric has arrived yet.', 'Run the check again: they are sent every ten seconds')
  return met(`${metrics.length}, such as ${first.name}`)
}

/** Learners know the services by their roles. */
function serviceOf(context: CheckContext, text: string): string {
  const word = text.trim()
  if (/^api$/i.test(word)) return context.service
  if (/^profiles$/i.test(word)) return context.profilesService
  return word
}

function notChecked(): Verdict {
  return met('not checked: your providers do not let telemetry be read back')
}

function again(name: string): string {
  return `npm run workshop -- 1 ${name}=${name === SLOWEST ? '<service>' : '<ms>'}`
}

function milliseconds(ms: number): string {
  return `${ms.toFixed(1)} ms`
}
