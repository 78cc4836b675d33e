import { attribute } from '../../contracts/evidence.ts'
import { met, type Verdict } from '../chapter.ts'
import { type Exercise, explainMistake, isChangedAfterEnd, type Observed, pathOf } from '../exercise.ts'
import { quoted } from '../wording.ts'

export const HANDLE = 'app.timeline.handle'
const SET = `trace.getActiveSpan()?.setAttribute('${HANDLE}', handle)`

/** A person's timeline as its trace tells it. */
export interface Timeline extends Observed {
  /** The handle in the URL. */
  readonly asked: string | undefined
  /** The value of the learner's attribute. */
  readonly said: unknown
  readonly isRight: boolean
}

export function readTimeline(observed: Observed): Timeline {
  const asked = pathOf(observed)?.split('/@')[1]
  const said = attribute(observed.server, HANDLE)
  return { ...observed, asked, said, isRight: asked !== undefined && said === asked }
}

/** Whether the request's span has the attribute; else where the handle is instead. */
export function judgePresence(timeline: Timeline, exercise: Exercise): Verdict {
  const { server, trace, said, asked } = timeline
  if (said !== undefined) return met(`in ${trace.traceId}`)
  const elsewhere = trace.spans.find((span) => span !== server && attribute(span, HANDLE) !== undefined)
  if (elsewhere) {
    return explainMistake(
      exercise,
      `In the trace ${trace.traceId} the span ${quoted(elsewhere.name)} has ${HANDLE}, not the request’s span, whose segment this is about.`,
      `Call ${SET} in the handler, outside of any other span`,
    )
  }
  if (isChangedAfterEnd(exercise, timeline, server)) {
    return explainMistake(
      exercise,
      `The request’s span of trace ${trace.traceId} was changed after its end, when it had been sent.`,
      `Call ${SET} before response.json`,
    )
  }
  const [name] =
    Object.entries(server.attributes).find(
      ([key, value]) =>
        isNew(key) && (value === asked || value === `@${asked}` || /timeline|handle/i.test(key)),
    ) ?? []
  if (name === undefined) {
    return explainMistake(
      exercise,
      `The request’s span of trace ${trace.traceId} has no attribute ${HANDLE}, or its value was undefined.`,
      `Write ${SET} in backend/api/user-activities.ts, and save the file`,
    )
  }
  return explainMistake(
    exercise,
    /^app[._]/.test(name)
      ? `The attribute is called ${name}, not ${HANDLE}.`
      : `The attribute is called ${name}. Without app. at its beginning it is metadata, which X-Ray keeps and does not index.`,
    `Call it ${HANDLE}`,
  )
}

/** Whether an attribute can be the learner's: instrumentations set those of HTTP and of the user. */
function isNew(key: string): boolean {
  return !/^(http|url|server|client|network|user|user_agent|error|rollbar|span)[._]|^app[._](user|client)[._]/.test(
    key,
  )
}

/** Whether the attribute says whose timeline it was. */
export function judgeHandle(timeline: Timeline, exercise: Exercise): Verdict {
  const { trace, said, asked, isRight } = timeline
  if (isRight) return met(`${quoted(asked ?? '')} in ${trace.traceId}`)
  const seen = `The trace ${trace.traceId} is of @${asked}, and its ${HANDLE} is ${JSON.stringify(said)}`
  const [what, fix] =
    said === `@${asked}`
      ? [`${seen}, with the @.`, `Set the handle without it: ${SET}`]
      : [`${seen}: a constant, or another value.`, `Set the handle of the URL: ${SET}`]
  return explainMistake(exercise, what, fix)
}
