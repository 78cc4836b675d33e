import { attribute, type SpanEvidence, serverSpan, type TraceEvidence } from '../contracts/evidence.ts'
import { type Arrivals, gatherArrivals, judgeArrivals, type RequestKind } from './arrivals.ts'
import { met, notYet, type Verdict } from './chapter.ts'
import type { CheckContext, LoggedRequest } from './context.ts'

/** How long a trace may take from the end of its request to the provider (ms). */
const ARRIVAL_MS = 5_000
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
  readonly apiState: 'current' | 'outdated' | 'stopped'
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

/**
 * What is wrong with the newest trace. The likelier causes come first: the api runs without the learner's last change,
 * or newer requests are on their way or were not kept.
 */
export function mistake(exercise: Exercise, what: string, fix: string): Verdict {
  const { apiState, arrivals } = exercise
  const { send } = arrivals.kind
  if (apiState === 'stopped')
    return notYet('The api is not running.', `npm run workshop -- restart, then ${send}`)
  if (apiState === 'outdated') {
    return notYet(
      'The api runs without your last change: the services read the code when they start.',
      `npm run workshop -- restart, then ${send}`,
    )
  }
  return lacking(exercise, what, `${fix}. Then npm run workshop -- restart, and ${send}`)
}

/** What the requests have not shown yet, or what the newest trace lacks. */
export function lacking({ arrivals, observed }: Exercise, what: string, fix: string): Verdict {
  const { kind, requests } = arrivals
  const [newest] = observed
  const endMs = newest ? newest.server.startMs + newest.server.durationMs : 0
  const newer = requests.filter(({ traceId, atMs }) => atMs > endMs && traceId !== newest?.trace.traceId)
  const onItsWay = newer.find(({ isKept, atMs }) => isKept && Date.now() - atMs < ARRIVAL_MS)
  if (onItsWay) {
    return notYet(
      `The ${kind.noun} ${onItsWay.traceId} was kept, and is on its way.`,
      'Run the check again in two seconds',
    )
  }
  const lost = newer.filter(({ isKept }) => !isKept).length
  if (lost === 0) return notYet(what, fix)
  const [noun, verb] = lost === 1 ? [kind.noun, 'was'] : [kind.plural, 'were']
  return notYet(
    `${what} ${lost} newer ${noun} came and ${verb} not kept, so the check cannot see ${lost === 1 ? 'it' : 'them'}.`,
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

/** For what a live provider does not let a check see. */
export function notChecked(why: string): Verdict {
  return met(`not checked: ${why}`)
}
