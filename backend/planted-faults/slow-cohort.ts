import { setTimeout as delay } from 'node:timers/promises'
import type { Express } from 'express'
import type { PlannedFault } from '../../contracts/planted-faults.ts'
import type { Means, Step } from './index.ts'
import { answerCalls, pathOf } from './profiles-calls.ts'

/** Some thirty times as long as a request without the fault takes. */
const ANSWER_MS = 160

/** Fault d: a slow call, which only the cohort's requests make. */
export function callSlowly({ culprit }: PlannedFault, { callProfiles }: Means): Step {
  const path = pathOf(culprit)
  return async (isAffected, user) => {
    if (isAffected) await callProfiles(path, [String(user['user.id'])], true)
  }
}

export function serveSlowly(app: Express, { culprit }: PlannedFault): void {
  const path = pathOf(culprit)
  answerCalls(app, path, async (handles, _isAffected, response) => {
    await delay(ANSWER_MS)
    response.json({ items: handles.map((handle) => ({ handle, seats: 12 })) })
  })
}
