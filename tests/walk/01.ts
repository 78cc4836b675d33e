import type { Learner } from '../harness/learner.ts'

/** Chapter 1, as its text says. */
export async function walk(learner: Learner): Promise<void> {
  await learner.succeed('setup', '--yes')
  await learner.expectPassed(1)
}
