import { setTimeout as delay } from 'node:timers/promises'
import type { Express } from 'express'
import type { PlannedFault } from '../../contracts/planted-faults.ts'
import { withResendCount } from '../telemetry/instrumentation/resend-count.ts'
import type { Means, Step } from './index.ts'
import { answerCalls, answerUnavailable, pathOf } from './profiles-calls.ts'

const ATTEMPTS = 5
const ANSWER_MS = 12

/** Fault e: a call that fails is sent again at once, which does not help. */
export function retryStorm({ culprit }: PlannedFault, { callProfiles }: Means): Step {
  const path = pathOf(culprit)
  return async (isAffected, user) => {
    for (let count = 0; count < ATTEMPTS; count++) {
      const call = () => callProfiles(path, [String(user['user.id'])], isAffected)
      const { status } = await withResendCount(count, call)
      if (status === 200) return
    }
  }
}

export function serveUnreliably(app: Express, { culprit }: PlannedFault): void {
  const path = pathOf(culprit)
  answerCalls(app, path, async (handles, isAffected, response) => {
    await delay(ANSWER_MS)
    if (isAffected) answerUnavailable(response)
    else response.json({ items: handles.map((handle) => ({ handle, online: true })) })
  })
}
