import type { Learner } from '../harness/learner.ts'

/** Chapter 12, as its text says. */
export async function walk(learner: Learner): Promise<void> {
  await learner.expectNotYet(12, 'Say which trace')
  const headers = { authorization: 'Bearer canary-token' }
  await learner.expectPassed(12, await learner.ask('/api/activities/search?term=canary-term', { headers }))
}
