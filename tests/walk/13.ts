import type { Learner } from '../harness/learner.ts'

/** Chapter 13, as its text says. */
export async function walk(learner: Learner): Promise<void> {
  await learner.expectNotYet(13, 'These are left')
  await learner.succeed('teardown', '--yes')
  await learner.expectPassed(13)
}
