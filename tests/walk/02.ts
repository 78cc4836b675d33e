import type { Learner } from '../harness/learner.ts'

/** Chapter 2, as its text says. */
export async function walk(learner: Learner): Promise<void> {
  await learner.expectNotYet(2, 'Your own request is missing')
  await learner.ask('/api/activities/home')
  await learner.expectPassed(2)
}
