import type { Learner } from '../harness/learner.ts'

/** Chapter 5, as its text says. */
export async function walk(learner: Learner): Promise<void> {
  await learner.expectNotYet(5, 'keeps 10 %, as at the start')
  await learner.solve(5)
  await learner.expectNotYet(5, 'says 50 %, and X-Ray has 10 %')
  await learner.succeed('aws')
  await learner.expectNotYet(5, 'too few')
  // The number that the check needs, at a rate that two cores can answer while they run other tests.
  await learner.command('load', '--rate', '20', '--duration', '8', '--errors', '0')
  await learner.expectPassed(5)
}
