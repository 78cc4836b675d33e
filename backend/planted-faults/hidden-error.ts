import { setTimeout as delay } from 'node:timers/promises'
import { trace } from '@opentelemetry/api'
import type { Express } from 'express'
import { z } from 'zod'
import { OUTCOME, type PlannedFault } from '../../contracts/planted-faults.ts'
import type { Means, Step } from './index.ts'
import { answerCalls, pathOf } from './profiles-calls.ts'

const Body = z.object({ items: z.array(z.unknown()).default([]) })
const ANSWER_MS = 10

/** Fault h: the callee answers 200, and the caller takes an error for an empty list. */
export function hiddenError({ culprit }: PlannedFault, { callProfiles }: Means): Step {
  const path = pathOf(culprit)
  const name = path.split('/').at(-1)
  return async (isAffected, user) => {
    const { body } = await callProfiles(path, [String(user['user.id'])], isAffected)
    trace.getActiveSpan()?.setAttribute(`app.${name}.count`, Body.parse(body).items.length)
  }
}

export function serveAttachments(app: Express, { culprit }: PlannedFault): void {
  const path = pathOf(culprit)
  const error = String(culprit.attributes?.[OUTCOME])
  answerCalls(app, path, async (handles, isAffected, response) => {
    await delay(ANSWER_MS)
    trace.getActiveSpan()?.setAttribute(OUTCOME, isAffected ? error : 'ok')
    response.json(isAffected ? { error } : { items: handles })
  })
}
