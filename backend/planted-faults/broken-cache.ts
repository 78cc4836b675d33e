import { setTimeout as delay } from 'node:timers/promises'
import { trace } from '@opentelemetry/api'
import type { Express } from 'express'
import { CACHE_HIT, CACHE_KEY, CACHE_SPAN, type PlannedFault } from '../../contracts/planted-faults.ts'
import type { Means, Step } from './index.ts'
import { answerCalls, pathOf } from './profiles-calls.ts'

const tracer = trace.getTracer('cache')

const KEPT_MS = 120_000
/** Five regions have a key each. */
const MAX_KEYS = 50
const ANSWER_MS = 40

/** Fault f: the time is part of the key, so that no look-up finds what an earlier request has stored. */
export function brokenCache({ symptom }: PlannedFault, { callProfiles }: Means): Step {
  const path = pathOf(symptom)
  /** By key: until when the entry is valid, by `performance.now()`. */
  const cache = new Map<string, number>()
  return async (isAffected, user) => {
    const key = [path.split('/').at(-1), user['app.user.region'], ...(isAffected ? [Date.now()] : [])].join(
      ':',
    )
    const isHit = tracer.startActiveSpan(CACHE_SPAN, (span) => {
      const found = (cache.get(key) ?? 0) > performance.now()
      span.setAttributes({ [CACHE_KEY]: key, [CACHE_HIT]: found })
      span.end()
      return found
    })
    if (isHit) return
    await callProfiles(path, [String(user['user.id'])], isAffected)
    // Entries that are never found must not fill the memory.
    if (!isAffected && cache.size < MAX_KEYS) cache.set(key, performance.now() + KEPT_MS)
  }
}

export function serveRankings(app: Express, { symptom }: PlannedFault): void {
  answerCalls(app, pathOf(symptom), async (handles, _isAffected, response) => {
    await delay(ANSWER_MS)
    response.json({ items: handles.map((handle) => ({ handle, rank: 1 })) })
  })
}
