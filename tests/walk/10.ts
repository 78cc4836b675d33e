import { readFileSync, writeFileSync } from 'node:fs'
import { expect } from 'vitest'
import type { Learner } from '../harness/learner.ts'
import { honeycomb, honeycombAuth, ProviderServer } from '../harness/provider-server.ts'
import { IS_LONG } from '../harness/scale.ts'

/** Chapter 10, as its text says, for someone without an account. */
export async function walk(learner: Learner): Promise<void> {
  const file = learner.workspace.env.WORKSPACE_ENV_FILE ?? ''
  const settings = readFileSync(file, 'utf8')
  await learner.expectNotYet(10, 'No provider has a key of yours')

  // Live, and no key.
  await learner.succeed('env', 'HONEYCOMB_ENABLED=live')
  const { code, stderr } = await learner.command('workshop', '10')
  expect([code, stderr]).toEqual([1, expect.stringContaining('HONEYCOMB_API_KEY')])

  // A key, and no setup after it.
  await learner.succeed('env', 'HONEYCOMB_API_KEY=canary-key-of-the-learner')
  await learner.expectNotYet(10, 'The key is stored, and the api runs without it')

  if (IS_LONG) {
    // A key that Honeycomb does not know. `setup` would refuse it.
    await using other = await ProviderServer.start(honeycomb({ 'canary-key-of-another': honeycombAuth() }))
    await learner.succeed('env', `HONEYCOMB_API_ENDPOINT=${other.url}`)
    await learner.succeed('workshop', 'restart')
    await learner.ask('/api/activities/home')
    await learner.expectNotYet(10, 'Nothing has arrived at Honeycomb')
    expect((await learner.command('doctor')).stdout).toContain('401')
  }
  writeFileSync(file, settings)
}
