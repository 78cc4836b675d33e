import { expect } from 'vitest'
import type { Learner } from '../harness/learner.ts'

/** Chapter 13, as its text says. */
export async function walk(learner: Learner): Promise<void> {
  await learner.succeed('teardown', '--dry-run')
  await learner.expectNotYet(13, 'These are left: processes: ')
  await learner.succeed('stop')
  await learner.expectNotYet(13, 'These are left: settings in ')
  await learner.succeed('teardown', '--yes', '--keep-settings')
  const { text } = await learner.check(13)
  expect(text).toContain('→ npm run teardown, without --keep-settings')
  expect(await learner.succeed('teardown', '--yes')).toContain('npm run workshop shows it')
  await learner.expectPassed(13)
  expect(await learner.succeed('workshop')).toMatch(/ {2}✓ 13 {2}Clean up/)
}
