import { serverSpan } from '../../contracts/evidence.ts'
import { type FaultKind, type PlannedFault, planFaults } from '../../contracts/planted-faults.ts'
import type { Planting } from '../../contracts/planting.ts'
import {
  type Answers,
  defineChapter,
  met,
  notChecked,
  notYet,
  type Question,
  type Verdict,
} from '../chapter.ts'
import type { CheckContext, LoggedRequest } from '../context.ts'
import { FAULT_KINDS, type Find, judgeNamedSpan } from './answer.ts'
import { type Comparison, findComparison, judgeComparisons } from './comparison.ts'
import { findInterruption, PLANT } from './interruption.ts'
import { describeSpan } from './looks.ts'
import { findNamedSpan, LOAD, type Objection, routeOf } from './named-span.ts'
import { describeSolution } from './solution.ts'
import { whomName } from './whom.ts'

/** So many faults at least, unless a round of a draw has fewer. */
const FAULTS = 3
const UNREADABLE = 'live Honeycomb returns no spans, and X-Ray is off'

const QUESTIONS: readonly Question[] = FAULT_KINDS.flatMap((kind) => [
  { name: kind, kind: 'trace', meaning: '<trace id>/<span id>' },
  { name: whomName(kind), meaning: '<attribute>=<value>,…' },
])

interface Wrong extends Objection {
  readonly kind: FaultKind
  /** Kinds for which the learner had named the same span before. */
  readonly insteadOf: readonly FaultKind[]
}

interface Search {
  readonly context: CheckContext
  readonly planting: Planting | undefined
  readonly interruption: Objection | undefined
  readonly faults: readonly PlannedFault[]
  /** What happened earlier does not count. Epoch ms. */
  readonly plantedAt: number
  /** The api's requests since planting, newest first. */
  readonly logged: readonly LoggedRequest[]
  /** In the order in which the learner named them. */
  readonly finds: readonly (Find | Unchecked)[]
  /** The learner's last answer first. */
  readonly wrong: readonly Wrong[]
  readonly comparisons: readonly Comparison[]
}

/** An answer that cannot be judged, because no provider returns the spans. */
interface Unchecked {
  readonly kind: FaultKind
  readonly traceId: string
}

export const findIt = defineChapter<Search>({
  number: 9,
  folder: '09-find-it',
  title: 'Find it: faults that only the telemetry gives away',
  answers: QUESTIONS,
  solution: describeSolution,
  gather: search,
  conditions: [
    { name: 'faults are planted', judge: judgePlanting },
    { name: 'requests have come since', judge: judgeTraffic },
    { name: 'first fault found', judge: (found) => judgeFind(found, 1) },
    { name: 'second fault found', judge: (found) => judgeFind(found, 2) },
    { name: 'every fault found', judge: (found) => judgeFind(found, found.faults.length) },
    { name: 'the faults are removed', judge: judgeRemoval },
    { name: 'each is compared with a request without it', judge: judgeCompared },
  ],
  evidence: ({ finds, comparisons }) => [
    ...finds.map((find) => ('fault' in find ? find.named.trace.traceId : find.traceId)),
    ...comparisons.flatMap(({ healthy }) => healthy?.traceId ?? []),
  ],
})

async function search(given: CheckContext, answers: Answers): Promise<Search> {
  const context = remembering(given)
  const planting = context.planting()
  const interruption = findInterruption(context, planting)
  const faults = planting ? planFaults(planting.letters, planting.seed) : []
  const plantedAt = Math.max(planting?.plantedAt ?? Number.POSITIVE_INFINITY, context.since)
  const logged = (await context.requests('GET', /^\/api\//)).filter(({ atMs }) => atMs >= plantedAt)
  const finds: (Find | Unchecked)[] = []
  const wrong: Wrong[] = []
  const named = FAULT_KINDS.filter((kind) => answers[kind] !== undefined).toSorted(byAnswer(answers))
  // Nothing is judged by faults that the backend may not have.
  for (const [index, kind] of interruption ? [] : named.entries()) {
    const answer = answers[kind] ?? ''
    const isSame = (one: FaultKind) => answers[one] === answer
    // A span is the reason for one fault: it counts for the kind for which it was named last.
    if (named.slice(index + 1).some(isSame)) continue
    const trace = await context.trace(answer.split('/')[0] ?? '')
    if (isUnreadable(context) && trace.state.honeycomb === 'accepted') {
      finds.push({ kind, traceId: trace.traceId })
      continue
    }
    const span = findNamedSpan(answer, trace, { service: context.service, logged, plantedAt })
    const judged = 'span' in span ? judgeNamedSpan(kind, span, faults, answers[whomName(kind)]) : span
    if ('fault' in judged) finds.push(judged)
    else wrong.push({ kind, insteadOf: named.slice(0, index).filter(isSame), ...judged })
  }
  const isSolved = faults.length > 0 && finds.length >= faults.length
  const removedAt = isSolved ? planting?.unplantedAt : undefined
  const comparisons: Comparison[] = []
  for (const find of removedAt === undefined ? [] : finds) {
    if ('fault' in find && removedAt !== undefined)
      comparisons.push(await findComparison(context, find, faults, removedAt))
  }
  const inOrder = byAnswer(answers, { alsoWhom: true })
  return {
    ...{ context, planting, interruption, faults, plantedAt, logged, finds, comparisons },
    wrong: wrong.toSorted((one, other) => inOrder(other.kind, one.kind)),
  }
}

function judgePlanting({ context, planting, interruption, faults, finds }: Search): Verdict {
  if (interruption) return notYet(interruption.what, interruption.fix)
  const isPlanted = context.plantedFaults.length > 0
  if (!planting || (!isPlanted && finds.length === 0))
    return notYet('No fault is planted.', `${PLANT}, then ${LOAD}`)
  if (!isPlanted && finds.length < faults.length) {
    return notYet(
      `The faults were removed before you had found all of them: ${finds.length} of ${faults.length}.`,
      `${PLANT} plants the same ones again, and your answers stay`,
    )
  }
  if (planting.seed === '' && faults.length < FAULTS) {
    const count = faults.length === 1 ? 'Only one fault is' : `Only ${faults.length} faults are`
    return notYet(`${count} planted, by name. The chapter is about those of a draw.`, PLANT)
  }
  return met(`${faults.length} ${isPlanted ? 'are' : 'were'} planted, of eight kinds`)
}

async function judgeTraffic(found: Search): Promise<Verdict> {
  const { context, logged, finds } = found
  const kept = logged.filter(({ isKept }) => isKept).length
  const seen = `${logged.length} came, ${kept} ${kept === 1 ? 'was' : 'were'} kept`
  if (kept > 0) return met(seen)
  if (finds.length > 0 || (await hasNewTrace(found))) return met('their traces have arrived')
  if ((await context.apiState()) === 'stopped')
    return notYet('The api does not run.', `npm run setup, then ${LOAD}`)
  const what = logged.length === 0 ? 'No request has come since you planted.' : `${seen}.`
  return notYet(what, LOAD)
}

/** For an api whose log cannot be read, as in a container. */
async function hasNewTrace({ context, plantedAt }: Search): Promise<boolean> {
  const [newest] = await context.recentTraces()
  const request = newest === undefined ? undefined : serverSpan(await context.trace(newest), context.service)
  return request !== undefined && request.startMs >= plantedAt
}

function judgeFind({ faults, finds, wrong }: Search, count: number): Verdict {
  if (finds.length >= count) {
    const [find] = finds.slice(0, count).slice(-1)
    return met(find ? describeFind(find) : '')
  }
  const found = `${finds.length} of ${faults.length} found.`
  const earlier = wrong.filter(({ isEarlier }) => isEarlier).map(({ kind }) => kind)
  const [last, ...others] = wrong.filter(({ isEarlier }) => !isEarlier)
  const objections = last ? [describeWrong(last)] : []
  if (others.length > 0) objections.push(`Also not right: ${others.map(({ kind }) => kind).join(', ')}.`)
  if (earlier.length > 0) objections.push(`From before you planted: ${earlier.join(', ')}.`)
  if (!last) objections.push('Look in Requests, on Ask and on the service map.')
  return notYet(
    [found, ...objections].join(' '),
    last?.fix ??
      `npm run workshop -- 9 <kind>=<trace id>/<span id>, where <kind> is one of: ${FAULT_KINDS.join(', ')}`,
  )
}

function describeWrong({ kind, what, insteadOf }: Wrong): string {
  const end = insteadOf.length > 0 ? ` The span no longer counts for ${insteadOf.join(', ')}.` : ''
  return `${kind}: ${what}${what.endsWith('?') ? '' : '.'}${end}`
}

function describeFind(find: Find | Unchecked): string {
  if (!('fault' in find)) return `${find.kind}: not checked: ${UNREADABLE}`
  const { fault, named } = find
  const whom = Object.entries(fault.cohort ?? {}).map(([name, value]) => `${name}=${value}`)
  return `${fault.kind} in ${routeOf(named.request) ?? 'a request'}: ${describeSpan(named)}${whom.length > 0 ? `, for ${whom.join(' and ')}` : ''}`
}

async function judgeRemoval({ context, planting }: Search): Promise<Verdict> {
  if (context.plantedFaults.length === 0 && planting?.unplantedAt !== undefined)
    return met('no fault is planted')
  return notYet(
    'All are found, and they are still planted.',
    'npm run workshop -- unplant, then npm run load -- --rate 20 --duration 20',
  )
}

function judgeCompared({ context, comparisons }: Search): Verdict {
  if (isUnreadable(context)) return notChecked(UNREADABLE)
  return judgeComparisons(comparisons, context)
}

/** Whether no provider returns spans to a check. */
function isUnreadable({ modes }: CheckContext): boolean {
  return modes.honeycomb !== 'local' && modes.xray === 'off'
}

/** The same context, which reads each trace once. */
function remembering(context: CheckContext): CheckContext {
  const read = new Map<string, ReturnType<CheckContext['trace']>>()
  const trace: CheckContext['trace'] = (traceId) => {
    const found = read.get(traceId) ?? context.trace(traceId)
    read.set(traceId, found)
    return found
  }
  return { ...context, trace }
}

/** The learner's first answer first. `alsoWhom`: the answer to whom the fault affects counts as well. */
function byAnswer(answers: Answers, { alsoWhom = false } = {}): (one: FaultKind, other: FaultKind) => number {
  const order = Object.keys(answers)
  const last = (kind: FaultKind) =>
    Math.max(order.indexOf(kind), alsoWhom ? order.indexOf(whomName(kind)) : -1)
  return (one, other) => last(one) - last(other)
}
