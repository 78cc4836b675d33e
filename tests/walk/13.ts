import { expect } from 'vitest'
import type { Learner } from '../harness/learner.ts'

/** Chapter 13, as its text says. */
export async function walk(learner: Learner): Promise<void> {
  await learner.expectNotYet(13, 'These are left: processes: ')
  await learner.succeed('teardown', '--dry-run')
  await learner.expectNotYet(13, 'These are left: processes: ')
  await learner.succeed('teardown', '--yes', '--keep-settings')
  await learner.expectNotYet(13, '→ npm run teardown, without --keep-settings')
  expect(await learner.succeed('teardown', '--yes')).toContain('npm run workshop shows it')
  await learner.expectPassed(13)
  expect(await learner.succeed('workshop')).toMatch(/ {2}✓ 13 {2}Clean up/)
}
