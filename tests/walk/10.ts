import { expect } from 'vitest'
import type { Learner } from '../harness/learner.ts'
import { honeycomb, honeycombAuth, ProviderServer } from '../harness/provider-server.ts'
import { IS_LONG } from '../harness/scale.ts'

const KEY = 'canary-key-of-the-learner'

/** Chapter 10, as its text says, for someone without an account. */
export async function walk(learner: Learner): Promise<void> {
  await learner.expectNotYet(10, 'No provider has a key of yours')

  // Live, and no key.
  await learner.succeed('env', 'HONEYCOMB_ENABLED=live')
  const { code, stderr } = await learner.command('workshop', '10')
  expect([code, stderr]).toEqual([1, expect.stringContaining('HONEYCOMB_API_KEY')])
  await learner.succeed('env', '--unset', 'HONEYCOMB_ENABLED')

  // A key, and no setup after it.
  await using other = await ProviderServer.start(honeycomb({ 'canary-key-of-another': honeycombAuth() }))
  await learner.succeed('env', `HONEYCOMB_API_ENDPOINT=${other.url}`)
  await learner.succeed('env', `HONEYCOMB_API_KEY=${KEY}`)
  await learner.expectNotYet(10, 'the api still runs with the settings of before')

  // A key that Honeycomb does not know. `setup` would refuse it.
  if (IS_LONG) {
    await learner.succeed('workshop', 'restart')
    await learner.ask('/api/activities/home')
    await learner.expectNotYet(10, 'Nothing has arrived at Honeycomb')
    const doctor = await learner.command('doctor')
    expect(doctor.stdout).toContain('401')
  }
  for (const name of ['HONEYCOMB_API_KEY', 'HONEYCOMB_API_ENDPOINT']) {
    await learner.succeed('env', '--unset', name)
  }
}
