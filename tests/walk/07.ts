import { newTraceId } from '../../contracts/trace-id.ts'
import type { Learner } from '../harness/learner.ts'

/** Chapter 7, as its text says. */
export async function walk(learner: Learner): Promise<void> {
  await learner.expectNotYet(7, 'Say which trace')
  await learner.expectNotYet(7, 'No provider has a request to the api', newTraceId())
  const good = await learner.ask('/api/activities/home')
  await learner.expectNotYet(7, 'It did not fail', good)
  await learner.expectPassed(7, await learner.ask('/rollbar/test'))
}
