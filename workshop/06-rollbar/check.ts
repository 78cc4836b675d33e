import type { RequestKind } from '../arrivals.ts'
import { type Chapter, defineChapter, met, notChecked, notYet, type Verdict } from '../chapter.ts'
import type { CheckContext } from '../context.ts'
import {
  type Exercise,
  explainMistake,
  gatherExercise,
  judgeKept,
  notShownYet,
  ofNewest,
} from '../exercise.ts'
import { CHECK_AGAIN_OR_DOCTOR, untilKept } from '../whereabouts.ts'
import { countOf } from '../wording.ts'
import { findOff } from '../workspace-state.ts'
import { type Failure, judgeClass, judgeFailing, readFailure, STOCK } from './failure.ts'

interface Gathered {
  readonly context: CheckContext
  readonly exercise: Exercise
  /** Newest first. */
  readonly failures: readonly Failure[]
}

export const rollbar: Chapter = defineChapter<Gathered>({
  number: 6,
  folder: '06-rollbar',
  title: 'Rollbar: an error, its trace, and back',
  file: 'backend/api/rollbar-test.ts',
  async gather(context) {
    const exercise = await gatherExercise(context, failingOf(context), () => true)
    return { context, exercise, failures: exercise.observed.map(readFailure) }
  },
  conditions: [
    { name: 'a failing request was kept', judge: judgeFirst },
    { name: 'it was answered with 500', judge: ofNewest(failuresIn, judgeFailing) },
    { name: 'its error is of your own class', judge: ofNewest(failuresIn, judgeClass) },
    { name: 'Rollbar has the error', judge: ofNewest(failuresIn, judgeOccurrence) },
    { name: 'it happened twice: one item, two traces', judge: judgeTwice },
  ],
  evidence: ({ failures }) =>
    sameAsNewest(failures)
      .slice(0, 2)
      .map(({ trace }) => trace.traceId),
})

function failingOf({ api }: CheckContext): RequestKind {
  return {
    method: 'GET',
    path: /^\/rollbar\/test$/,
    filter: 'http.url CONTAINS "/rollbar/test"',
    noun: 'failing request',
    plural: 'failing requests',
    send: `curl -i ${api}/rollbar/test`,
  }
}

function judgeFirst({ context, exercise }: Gathered): Verdict {
  const off = findOff(context.modes, 'rollbar')
  if (off) return off
  const { arrivals } = exercise
  const { requests, traces, kind } = arrivals
  if (traces.length > 0 || requests.length === 0 || requests.some(({ isKept }) => isKept))
    return judgeKept(exercise)
  return notYet(
    `${requests.length === 1 ? `One ${kind.noun} came, and its trace was not kept` : `${requests.length} ${kind.plural} came, and no trace of them was kept`}: in Rollbar the error has sampled: false, and no trace to look at.`,
    `Ten seconds after a restart the rule for /rollbar/* keeps every one. ${untilKept(kind.send)}`,
  )
}

function failuresIn({ failures }: Gathered): readonly Failure[] {
  return failures
}

/** Whether the occurrence that the span names is in Rollbar, and names the trace. */
function judgeOccurrence({ trace, uuid, isStored, kind }: Failure, exercise: Exercise): Verdict {
  if (uuid === undefined) {
    return explainMistake(
      exercise,
      `The request’s span of trace ${trace.traceId} has no rollbar.uuid: the error was not reported.`,
      'Let the handler throw it, so that problemResponses gets it',
    )
  }
  if (isStored) return met(`${kind}, occurrence ${uuid}, which names the trace ${trace.traceId}`)
  if (trace.state.rollbar === 'accepted')
    return notChecked('Rollbar has accepted the error, and is read only with ROLLBAR_READ_TOKEN')
  return notYet(`Rollbar does not have the occurrence ${uuid} yet.`, CHECK_AGAIN_OR_DOCTOR)
}

/** The failures with the newest one's class that Rollbar has. */
function sameAsNewest(failures: readonly Failure[]): readonly Failure[] {
  const [newest] = failures
  return failures.filter(
    ({ kind, isStored, trace }) => kind === newest?.kind && (isStored || trace.state.rollbar === 'accepted'),
  )
}

function judgeTwice({ exercise, failures }: Gathered): Verdict {
  const same = sameAsNewest(failures)
  const [newest] = failures
  if (same.length > 1) return met(`${newest?.kind}, in ${countOf(same.length, 'trace')}`)
  const { send, plural } = exercise.arrivals.kind
  const others = failures.filter(
    ({ kind }) => kind !== undefined && kind !== newest?.kind && !STOCK.includes(kind),
  )
  const similar = others.find(({ kind }) => withoutDigits(kind) === withoutDigits(newest?.kind))
  if (similar) {
    return explainMistake(
      exercise,
      `Each occurrence has another class, ${similar.kind} and ${newest?.kind}, so that Rollbar makes an item of each.`,
      'Give the class one name. What differs from request to request belongs into the message',
    )
  }
  return notShownYet(
    exercise,
    `Of the ${plural} one has the class ${newest?.kind}: an item with a count needs a second occurrence.`,
    send,
  )
}

function withoutDigits(text: string | undefined): string | undefined {
  return text?.replaceAll(/[0-9a-f]*[0-9][0-9a-f]*/gi, '')
}
