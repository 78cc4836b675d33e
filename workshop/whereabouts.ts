import { notYet, type Verdict } from './chapter.ts'
import type { LoggedRequest } from './context.ts'

/** How long a trace may take from the end of its request to the providers (ms). */
const ARRIVAL_MS = 5_000

/** What has become of the trace of a request that no provider has yet. */
export type Whereabouts = 'not kept' | 'on its way' | 'lost'

/** For a trace that has not arrived in time. */
export const LOST = 'npm run status says what has become of it, npm run doctor why'
export const CHECK_AGAIN = 'Run the check again in two seconds'
/** For a part of a trace that is there. */
export const CHECK_AGAIN_OR_DOCTOR = `${CHECK_AGAIN}. If that does not help, npm run doctor says why`

/** By the api's log. */
export function whereabouts(
  { isKept, atMs }: Pick<LoggedRequest, 'isKept' | 'atMs'>,
  nowMs = Date.now(),
): Whereabouts {
  if (!isKept) return 'not kept'
  return nowMs - atMs < ARRIVAL_MS ? 'on its way' : 'lost'
}

/** What to do for a trace that no provider has yet. `subject`: `Your request`; `send`: the command that sends another. */
export function judgeWhereabouts(subject: string, where: Whereabouts, send: string): Verdict {
  if (where === 'on its way') return notYet(`${subject} was kept, and is on its way.`, CHECK_AGAIN)
  if (where === 'lost') {
    return notYet(`${subject} was kept, and has not arrived.`, LOST)
  }
  return notYet(
    `${subject} came and was not kept: the flags at the end of its traceresponse are 00. No provider has a trace of it, only the api’s log has a line.`,
    untilKept(send),
  )
}

/** The fix for requests that were not kept: the command to repeat. */
export function untilKept(send: string): string {
  return `Until its traceresponse ends in -01: ${send}`
}
