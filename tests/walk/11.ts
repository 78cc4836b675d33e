import type { Learner } from '../harness/learner.ts'

/** Chapter 11, as its text says. */
export async function walk(learner: Learner): Promise<void> {
  await learner.expectNotYet(11, 'segments of the X-Ray SDK')
  await learner.succeed('env', 'XRAY_PIPELINE=otlp')
  await learner.succeed('setup', '--yes')
  await learner.ask('/api/activities/home')
  await learner.expectPassed(11)
}
