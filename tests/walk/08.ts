import type { Learner } from '../harness/learner.ts'

/** Chapter 8, as its text says. */
export async function walk(learner: Learner): Promise<void> {
  await learner.expectNotYet(8, 'There is no metric app.activities.created')
  await learner.solve(8)
  await learner.workspace.post('/api/activities', { message: 'Hello, trace' })
  await learner.expectPassed(8)
}
