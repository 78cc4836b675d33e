import type { Learner } from '../harness/learner.ts'

/** Chapter 6, as its text says. */
export async function walk(learner: Learner): Promise<void> {
  await learner.expectNotYet(6, 'No error there has your own class')
  await learner.solve(6)
  await learner.ask('/rollbar/test')
  await learner.expectNotYet(6, 'needs a second occurrence')
  await learner.ask('/rollbar/test')
  await learner.expectPassed(6)
}
