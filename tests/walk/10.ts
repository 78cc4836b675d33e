import type { Learner } from '../harness/learner.ts'

/** Chapter 10, as its text says. */
export async function walk(learner: Learner): Promise<void> {
  await learner.expectNotYet(10, 'No provider has a key of yours')
}
