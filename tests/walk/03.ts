import type { Learner } from '../harness/learner.ts'

/** Chapter 3, as its text says. */
export async function walk(learner: Learner): Promise<void> {
  await learner.expectNotYet(3, 'No search has arrived yet')
  await learner.ask('/api/activities/search?term=dns')
  await learner.expectNotYet(3, 'none has a span')
  await learner.solve(3)
  await learner.ask('/api/activities/search?term=dns')
  await learner.expectNotYet(3, 'one without results is missing')
  await learner.ask('/api/activities/search?term=nothinglikethis')
  await learner.expectPassed(3)
}
