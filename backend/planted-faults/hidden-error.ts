import { setTimeout as delay } from 'node:timers/promises'
import { trace } from '@opentelemetry/api'
import type { Express } from 'express'
import { z } from 'zod'
import { OUTCOME, type PlannedFault } from '../../contracts/planted-faults.ts'
import type { Means, Step } from './index.ts'
import { answerCalls } from './profiles-calls.ts'

const Body = z.object({ items: z.array(z.unknown()).default([]) })
const ANSWER_MS = 10

/** Fault h: the callee answers 200, and the caller takes an error for an empty list. */
export function hiddenError({ culprit: { path = '' } }: PlannedFault, { callProfiles }: Means): Step {
  const name = path.split('/').at(-1)
  return async (isAffected, user) => {
    const { body } = await callProfiles(path, [String(user['user.id'])], isAffected)
    trace.getActiveSpan()?.setAttribute(`app.${name}.count`, Body.parse(body).items.length)
  }
}

export function serveAttachments(app: Express, { culprit: { path = '', attributes } }: PlannedFault): void {
  const error = String(attributes?.[OUTCOME])
  answerCalls(app, path, async (handles, isAffected, response) => {
    await delay(ANSWER_MS)
    trace.getActiveSpan()?.setAttribute(OUTCOME, isAffected ? error : 'ok')
    response.json(isAffected ? { error } : { items: handles })
  })
}
