import { newTraceId } from '../../contracts/trace-id.ts'
import type { Learner } from '../harness/learner.ts'

const SEARCH = '/api/activities/search'

/** Chapter 12, as its text says. */
export async function walk(learner: Learner): Promise<void> {
  await learner.expectNotYet(12, '✗ you named the trace of your canaries')
  await learner.expectNotYet(12, 'it is another id', newTraceId())
  await learner.expectNotYet(12, 'which takes no term', await learner.ask('/api/activities/home'))
  await learner.expectNotYet(
    12,
    'did not end in -01',
    await learner.askUnsampled(`${SEARCH}?term=canary-term`),
  )
  const headers = { authorization: 'Bearer canary-token' }
  await learner.expectPassed(12, await learner.ask(`${SEARCH}?term=canary-term`, { headers }))
}
