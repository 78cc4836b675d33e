import { setTimeout as delay } from 'node:timers/promises'
import type { Express } from 'express'
import { z } from 'zod'
import type { PlannedFault } from '../../contracts/planted-faults.ts'
import type { Means, Step } from './index.ts'
import { answerCalls, pathOf } from './profiles-calls.ts'

const AUTHORS = 'select handle from activities group by handle order by count(*) desc, handle limit 8'
const Rows = z.array(z.object({ handle: z.string() }))
/** Waiting costs neither of the two processes anything. */
const ANSWER_MS = 10

/** Fault b: one call for each of the authors, instead of one for all. */
export function nPlusOne({ culprit }: PlannedFault, { database, callProfiles }: Means): Step {
  const path = pathOf(culprit)
  return async (isAffected) => {
    const { rows } = await database.query(AUTHORS)
    const handles = Rows.parse(rows).map(({ handle }) => handle)
    if (!isAffected) await callProfiles(path, handles, false)
    else for (const handle of handles) await callProfiles(path, [handle], true)
  }
}

export function serveItems(app: Express, { culprit }: PlannedFault): void {
  const path = pathOf(culprit)
  answerCalls(app, path, async (handles, _isAffected, response) => {
    await delay(ANSWER_MS)
    response.json({ items: handles.map((handle) => ({ handle, since: 2021 })) })
  })
}
