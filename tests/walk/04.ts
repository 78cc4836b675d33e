import type { Learner } from '../harness/learner.ts'

/** Chapter 4, as its text says. */
export async function walk(learner: Learner): Promise<void> {
  await learner.ask('/api/activities/@maya')
  await learner.expectNotYet(4, 'none is annotated')
  await learner.solve(4)
  await learner.ask('/api/activities/@maya')
  await learner.expectNotYet(4, 'Only maya’s timeline')
  await learner.ask('/api/activities/@tomasz')
  await learner.expectPassed(4)
}
