import { newTraceId } from '../../contracts/trace-id.ts'
import type { Learner } from '../harness/learner.ts'

const SEARCH = '/api/activities/search'

/** Chapter 12, as its text says. */
export async function walk(learner: Learner): Promise<void> {
  await learner.expectNotYet(12, '✗ you named the trace of your canaries')
  const unknown = newTraceId(Date.now() - 60_000)
  await learner.expectNotYet(12, 'No request to your api had the id', unknown)
  await learner.expectNotYet(12, 'which takes no term', await learner.ask('/api/activities/home'))
  await learner.expectNotYet(
    12,
    'came and was not kept',
    await learner.askUnsampled(`${SEARCH}?term=canary-term`),
  )
  const headers = { authorization: 'Bearer canary-token' }
  await learner.expectPassed(12, await learner.ask(`${SEARCH}?term=canary-term`, { headers }))
}
