import { attribute } from '../../contracts/evidence.ts'
import { met, type Verdict } from '../chapter.ts'
import { type Exercise, explainMistake, isChangedAfterEnd, type Observed } from '../exercise.ts'

const INTERNAL_ERROR = 500
const SAMPLE = 'DeliberateError'
/** Classes that are not the learner's: the sample's, the backend's, and JavaScript's own. */
export const STOCK = [
  ...[SAMPLE, 'HttpError', 'DatabaseUnavailable'],
  ...[
    'Error',
    'AggregateError',
    'TypeError',
    'RangeError',
    'SyntaxError',
    'ReferenceError',
    'URIError',
    'EvalError',
  ],
]

/** A request that should have failed, as its trace and Rollbar tell it. */
export interface Failure extends Observed {
  /** The class of the first exception that the request's span recorded. */
  readonly kind: string | undefined
  /** The occurrence that the span names. */
  readonly uuid: string | undefined
  /** Whether Rollbar has that occurrence. */
  readonly isStored: boolean
}

export function readFailure({ trace, server }: Observed): Failure {
  const value = attribute(server, 'rollbar.uuid')
  const uuid = typeof value === 'string' ? value : undefined
  return {
    ...{ trace, server, uuid, kind: server.exceptions[0] },
    isStored: trace.occurrences.some((one) => one.uuid === uuid),
  }
}

/** Whether the request was answered with 500; else where the error went. */
export function judgeFailing(failure: Failure, exercise: Exercise): Verdict {
  const { trace, server, kind } = failure
  const { status } = server
  if (status === INTERNAL_ERROR) return met(`in ${trace.traceId}`)
  const seen = `The request ${trace.traceId} was answered with ${status}`
  if (status !== undefined && status >= 400 && status < 500) {
    return explainMistake(
      exercise,
      `${seen}: a 4xx is the caller’s error, and is not reported to Rollbar.`,
      'Throw an error of a class that extends Error, not an HttpError with a 4xx',
    )
  }
  if (status !== undefined && status > INTERNAL_ERROR) {
    return explainMistake(
      exercise,
      `${seen}, not 500.`,
      'Throw an error of a class that extends Error, without a status',
    )
  }
  const isLate =
    kind !== undefined || trace.occurrences.length > 0 || isChangedAfterEnd(exercise, failure, server)
  return isLate
    ? explainMistake(
        exercise,
        `${seen}, and failed after that: the response was sent before the error was thrown.`,
        'Throw before the handler answers, and answer nothing',
      )
    : explainMistake(
        exercise,
        `${seen}: no error left the handler. It was caught, or never thrown.`,
        'Let the handler throw the error: without try and catch, or with throw error in catch',
      )
}

/** Whether the error has a class that the learner has written. */
export function judgeClass({ trace, kind, server }: Failure, exercise: Exercise): Verdict {
  if (kind !== undefined && !STOCK.includes(kind)) return met(kind)
  const fix =
    'In backend/api/rollbar-test.ts: class TeapotError extends Error {}, and throw new TeapotError(…)'
  if (kind === undefined) {
    return explainMistake(
      exercise,
      `The span ${server.name} of trace ${trace.traceId} has no exception.`,
      fix,
    )
  }
  if (kind === SAMPLE) {
    return explainMistake(
      exercise,
      `The error of trace ${trace.traceId} is still the sample’s, ${SAMPLE}.`,
      fix,
    )
  }
  return explainMistake(
    exercise,
    kind === 'Error'
      ? `The error of trace ${trace.traceId} is filed as Error: it was thrown as new Error(…), or is no error at all, but a text or an object.`
      : `The error of trace ${trace.traceId} is filed as ${kind}, which is not a class of yours.`,
    fix,
  )
}
