import { attribute, type SpanEvidence, serverSpan, type TraceEvidence } from '../contracts/evidence.ts'
import { type Arrivals, gatherArrivals, judgeArrivals, type RequestKind } from './arrivals.ts'
import { notYet, type Verdict } from './chapter.ts'
import type { ApiState, CheckContext, LoggedRequest } from './context.ts'
import { judgeWhereabouts, whereabouts } from './whereabouts.ts'
import { countOf } from './wording.ts'
import { findStale } from './workspace-state.ts'

const CLIENT_ERROR = 400

/** A trace of the exercise's requests, and the api's span of it. */
export interface Observed {
  readonly trace: TraceEvidence
  readonly server: SpanEvidence
}

/** What the requests to the handler that a learner changes have shown. */
export interface Exercise {
  readonly arrivals: Arrivals
  /** Requests that were answered with a status that the exercise does not ask for, newest first. */
  readonly unwanted: readonly LoggedRequest[]
  /** Newest first. Only the newest is sure to be of the code that the api has had since its last restart. */
  readonly observed: readonly Observed[]
  readonly apiState: ApiState
  readonly warnings: readonly string[]
}

/** `isWanted`: whether the exercise is about requests that were answered like this. Default: those without an error. */
export async function gatherExercise(
  context: CheckContext,
  kind: RequestKind,
  isWanted: (status: number) => boolean = (status) => status < CLIENT_ERROR,
): Promise<Exercise> {
  const all = await gatherArrivals(context, kind)
  const isFitting = (status: number | undefined) => status === undefined || isWanted(status)
  const observed = all.traces
    .flatMap((trace): Observed[] => {
      const server = serverSpan(trace, context.service)
      return server && isFitting(server.status) ? [{ trace, server }] : []
    })
    .toSorted((a, b) => b.server.startMs - a.server.startMs)
  return {
    arrivals: {
      kind,
      requests: all.requests.filter(({ status }) => isFitting(status)),
      traces: observed.map(({ trace }) => trace),
    },
    unwanted: all.requests.filter(({ status }) => !isFitting(status)),
    observed,
    apiState: await context.apiState(),
    warnings: await context.warnings(),
  }
}

/** Whether a request of the exercise was kept and has arrived. */
export function judgeKept({ arrivals, unwanted }: Exercise): Verdict {
  const [newest] = unwanted
  if (arrivals.requests.length === 0 && arrivals.traces.length === 0 && newest) {
    const { noun, send } = arrivals.kind
    return notYet(`The ${noun} that came was answered with ${newest.status}.`, send)
  }
  return judgeArrivals(arrivals)
}

/** A condition on the newest request: it tells what the code does now. */
export function ofNewest<Request, Gathered extends { readonly exercise: Exercise }>(
  pick: (gathered: Gathered) => readonly Request[],
  judge: (newest: Request, exercise: Exercise) => Verdict,
): (gathered: Gathered) => Verdict {
  return (gathered) => {
    const [newest] = pick(gathered)
    if (newest) return judge(newest, gathered.exercise)
    const kept = judgeKept(gathered.exercise)
    // Without a request there is nothing to judge, whatever the log says.
    return kept.isMet ? notYet('No trace has arrived.', gathered.exercise.arrivals.kind.send) : kept
  }
}

/**
 * What is wrong with the newest trace. The likelier causes come first: the api runs without the learner's last change,
 * or newer requests are on their way or were not kept.
 */
export function explainMistake(exercise: Exercise, what: string, fix: string): Verdict {
  const { send } = exercise.arrivals.kind
  return (
    findStale(exercise.apiState, send) ??
    notShownYet(exercise, what, `${fix}. Then npm run workshop -- restart, and ${send}`)
  )
}

/** That the requests have not shown something, unless newer ones are on their way or were not kept. */
export function notShownYet({ arrivals, observed }: Exercise, what: string, fix: string): Verdict {
  const { kind, requests } = arrivals
  const [newest] = observed
  const endMs = newest ? newest.server.startMs + newest.server.durationMs : 0
  const newer = requests.filter(({ traceId, atMs }) => atMs > endMs && traceId !== newest?.trace.traceId)
  const onItsWay = newer.find((request) => whereabouts(request) === 'on its way')
  if (onItsWay) return judgeWhereabouts(`The ${kind.noun} ${onItsWay.traceId}`, 'on its way', kind.send)
  const lost = newer.filter((request) => whereabouts(request) === 'not kept').length
  if (lost === 0) return notYet(what, fix)
  return notYet(
    `${what} ${countOf(lost, `newer ${kind.noun}`, `newer ${kind.plural}`)} came and ${lost === 1 ? 'was' : 'were'} not kept, so the check cannot see ${lost === 1 ? 'it' : 'them'}.`,
    `If you have changed the code since: ${kind.send}, until its traceresponse ends in -01. Else: ${fix}`,
  )
}

/** Whether OpenTelemetry has complained that a span was changed after its end. Source: `Span` in @opentelemetry/sdk-trace. */
export function isChangedAfterEnd(
  { warnings }: Exercise,
  { trace }: Observed,
  { id }: SpanEvidence,
): boolean {
  const ended = `on ended Span {traceId: ${trace.traceId}, spanId: ${id}}`
  return warnings.some((warning) => warning.includes(ended))
}

/** The path of the request, decoded. */
export function pathOf({ server }: Observed): string | undefined {
  const path = attribute(server, 'url.path')
  try {
    return typeof path === 'string' ? decodeURIComponent(path) : undefined
  } catch {
    return undefined
  }
}
